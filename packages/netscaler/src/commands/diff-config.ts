import { lookUp, WeirError } from '@weirlb/model'
import type { Weir } from '@weirlb/core'
import { exportCommands } from '../export/export-commands.ts'
import type { Call, Command, Shown } from '../grammar/command.ts'
import { text } from '../grammar/kind.ts'

/** `diff ns config <file>`: what the commands of a file would change, if they began with nothing. */
export const diffCommand: Command = {
  verb: 'diff',
  object: 'ns config',
  parameters: {
    arguments: [{
      name: 'src',
      kind: text('file'),
      doc: 'A file of commands, beside the present one or in the present folder.'
    }],
    options: []
  },
  foreign: {
    outtype: 'Weir prints commands',
    template: 'Weir has no templates',
    ignoreDeviceSpecific: 'a configuration of Weir has nothing of its device'
  },
  doc:
    'Show what differs between the running configuration and the one that the commands of a file make: `+` is only in the file, `-` only runs. Nothing is changed.',
  rest: 'checkConfig',
  run: { act: diff }
}

async function diff (weir: Weir, call: Call): Promise<Shown> {
  const src = String(call.given.get('src')!.value)
  const commands = lookUp(call.context.files, src)
  if (commands === undefined)
    throw new WeirError('command-invalid', `no file '${src}' was sent with the commands; send its text in \`files\``)
  const [running, wanted] = [
    linesOf(exportCommands(weir.config.get().value)),
    linesOf(exportCommands(await call.context.preview(weir, commands)))
  ]
  const [runs, isWanted] = [new Set(running), new Set(wanted)]
  const removed = running.filter(line => !isWanted.has(line))
  const added = wanted.filter(line => !runs.has(line))
  return {
    text: [...removed.map(line => `- ${line}\n`), ...added.map(line => `+ ${line}\n`)].join('') || 'No difference\n',
    data: { removed, added }
  }
}

/** Without remarks. */
const linesOf = (text: string): string[] => text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
