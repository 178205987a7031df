import type { Offered, OptionRow } from '../command-line/command-row.ts'
import { commandRows } from '../command-line/command-table.ts'
import { firstWords, quoted as quotedForSh, type NamedRow } from './first-words.ts'

/** Returns the completion of fish 3 and later. */
export const fishCompletion = (): string => `# Completion of weir for fish. Printed by: weir completion fish

# True behind exactly these words, and behind these words and more.
function __weir_at
  set -l words (commandline -opc)
  test "$words[2..]" = "$argv"
end
function __weir_in
  set -l words (commandline -opc)
  string match -q -- "$argv *" (string join -- ' ' $words[2..] '')
end

# Commands of NetScaler's language that begin with a text. Names of entities come from a running Weir.
function __weir_lines
  weir completion line $argv[1] 2>/dev/null
end
function __weir_names
  __weir_lines $argv[1](commandline -ct) | string replace -- $argv[1] ''
end
# A command is one word: within quotes, or with escaped blanks.
function __weir_commands
  __weir_lines (commandline -ct | string replace -r '^["\\']' '' | string replace -a '\\\\ ' ' ')
end

complete -c weir -f
complete -c weir -n '__weir_at' -l help -d 'print the help'
complete -c weir -n '__weir_at' -l version -d 'print the version'
${
    firstWords.map(({ word, doc }) =>
      `complete -c weir -n '__weir_at' -a ${word} -d ${quoted(doc)}
`
    ).join('')
  }${
    firstWords.flatMap(({ word, seconds }) =>
      seconds.map(second =>
        `complete -c weir -n '__weir_at ${word}' -a ${second.word} -d ${quoted(second.row.doc)}
`
      )
    ).join('')
  }${commandRows.map(linesOf).join('')}`

/** fish escapes a quote within quotes with a backslash. */
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

function linesOf (row: NamedRow): string {
  const inside = `complete -c weir -n '__weir_in ${row.name}'`
  const argument = row.name === 'exec' ? ` -a '(__weir_commands)'` : actionOf(row.arguments[0]?.offered)
  return `${
    row.options.map(option => `${inside} ${optionOf(option)}\n`).join('')
  }${inside} -l help -d 'print the help'\n${argument === '' ? '' : `${inside}${argument}\n`}`
}

const optionOf = ({ name, short, value, offered, doc }: OptionRow): string =>
  `${short === undefined ? `-l ${name}` : `-s ${short}`}${
    value === undefined ? '' : ` -r${actionOf(offered) || ' -f'}`
  } -d ${quoted(doc)}`

const actionOf = (offered: Offered | undefined): string => {
  if (offered === undefined) return ''
  if (offered === 'file') return ' -F'
  if (offered === 'directory') return ` -f -a '(__fish_complete_directories)'`
  return 'namesAfter' in offered
    ? ` -f -a ${quotedForSh(`(__weir_names "${offered.namesAfter}")`)}`
    : ` -f -a ${quoted(offered.join(' '))}`
}
