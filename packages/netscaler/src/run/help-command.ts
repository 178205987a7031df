import { grammar } from '../commands/grammar.ts'
import { text } from '../grammar/kind.ts'
import type { Command } from '../grammar/command.ts'
import { helpText } from '../help/help-text.ts'

/** `help [<word> …]`. */
export const helpCommand: Command = {
  verb: 'help',
  object: '',
  parameters: {
    arguments: [{ name: 'word', kind: text('word'), many: true, optional: true, doc: 'A verb, an object, or both.' }],
    options: []
  },
  doc: 'Show the commands, or one of them.',
  rest: 'execCommands',
  run: {
    act: (_, { given }) => {
      const shown = helpText(grammar, (given.get('word')?.value ?? []) as readonly string[])
      return { text: shown, data: { text: shown } }
    }
  }
}
