import type { ArgumentRow, OptionRow } from '../command-line/command-row.ts'
import { commandRows } from '../command-line/command-table.ts'
import { bold, heading, paragraph, roff, tagged, type PageFacts } from './roff.ts'

const environment: readonly (readonly [string, string])[] = [
  ['WEIR_ADMIN_TOKEN', 'The bearer token of the REST API: for serve the one that it requires, for the other commands the one that they send.'],
  ['WEIR_API', 'The REST API that commands call without --api.'],
  ['WEIR_HISTORY', 'The file of weir shell for its history (default ~/.weir_history).'],
  ['LISTEN_FDS, LISTEN_PID', 'Listening sockets that serve is started with, as in sd_listen_fds(3).'],
  ['NOTIFY_SOCKET', 'Where serve reports that it is ready, as in sd_notify(3).']
]

const signals: readonly (readonly [string, string])[] = [
  [
    'SIGTERM, SIGINT',
    'Stop: clients are told, and have --grace seconds to leave. A second signal ends the process at once.'
  ],
  ['SIGHUP', 'Read the files of --config and --token-file, and those of certificates, again.'],
  ['SIGUSR2', 'Start a successor that takes the listening sockets, then stop.']
]

/** Returns weir(1). */
export const weirPage = (facts: PageFacts): string =>
  [
    heading('WEIR', 1, facts),
    '.SH NAME\nweir \\- an L7 load balancer that learns a protocol from TypeScript\n',
    `.SH SYNOPSIS\n${
      commandRows.map(row =>
        `${
          [
            bold(`weir ${row.name}`),
            ...row.arguments.map(argumentText),
            ...row.options.length > 3 ? ['[options]'] : row.options.map(bracketed)
          ].join(' ')
        }\n`
      ).join('.br\n')
    }`,
    `.SH DESCRIPTION\n${
      paragraph(
        'weir serve runs the load balancer. The other commands write extensions, or operate a running Weir over its REST API.'
      )
    }`,
    ...[...new Set(commandRows.map(({ group }) => group))].flatMap(group => [
      `.SH ${roff(group.toUpperCase())}\n`,
      ...commandRows.filter(row => row.group === group).map(row =>
        `.SS ${[`weir ${row.name}`, ...row.arguments.map(({ label }) => label)].map(roff).join(' ')}\n${
          paragraph(sentence(row.doc))
        }${row.options.map(option => tagged(optionText(option), sentence(option.doc))).join('')}`
      )
    ]),
    `.SH ENVIRONMENT\n${environment.map(([name, doc]) => tagged(bold(name), doc)).join('')}`,
    `.SH SIGNALS\n${paragraph('Signals of weir serve:')}${
      signals.map(([name, doc]) => tagged(bold(name), doc)).join('')
    }`,
    `.SH EXIT STATUS\n${tagged(bold('0'), 'Success.')}${tagged(bold('1'), 'The command failed.')}${
      tagged(bold('2'), 'The command line is wrong.')
    }`,
    '.SH SEE ALSO\n.BR weir\\-commands (7),\n.BR systemd.socket (5)\n'
  ].join('')

const sentence = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}.`

const optionText = ({ name, short, value }: OptionRow): string =>
  `${bold(short === undefined ? `--${name}` : `-${short}`)}${value === undefined ? '' : ` \\fI${roff(value)}\\fR`}`

const bracketed = (option: OptionRow): string =>
  option.required === true ? optionText(option) : `[${optionText(option)}]`

const argumentText = ({ label, optional, many }: ArgumentRow): string =>
  `${optional === true ? '[' : ''}\\fI${roff(label)}\\fR${optional === true ? ']' : ''}${many === true ? ' ...' : ''}`
