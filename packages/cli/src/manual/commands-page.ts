import { grammar, optionSynopsis, synopsis, type Command } from '@weirlb/netscaler'
import { bold, heading, paragraph, roff, tagged, type PageFacts } from './roff.ts'

/** Returns weir-commands(7): every command of NetScaler's language that `weir exec` takes. */
export const commandsPage = (facts: PageFacts): string => [
  heading('WEIR-COMMANDS', 7, facts),
  '.SH NAME\nweir\\-commands \\- the commands of weir exec and weir shell\n',
  `.SH DESCRIPTION\n${paragraph('A command is one line: a verb, an object, arguments, and options with their values. Words are taken in any case, and may be abbreviated as long as they are clear. A value with blanks is quoted. A line that begins with # is a comment.')}`,
  ...grammar.objects.flatMap(({ object, doc }) => {
    const commands = grammar.commands.filter(command => command.object === object)
    return commands.length === 0 ? [] : [`.SH ${roff(object)}\n${paragraph(doc)}`, ...commands.map(commandText)]
  }),
  '.SH SEE ALSO\n.BR weir (1)\n'
].join('')

const commandText = (command: Command): string => {
  const { arguments: positional, options } = command.parameters
  const classic = options.filter(({ own }) => own !== true)
  const own = options.filter(option => option.own === true).map(({ name }) => `-${name}`)
  // `set` and `unset` have the options of `add`.
  const repeats = command.verb === 'unset' ||
    command.verb === 'set' && grammar.commands.some(({ verb, object }) => verb === 'add' && object === command.object)
  const explained = repeats ? positional : [...positional, ...classic]
  return `.SS ${roff(`${command.verb} ${command.object}`)}\n${paragraph(synopsis(command))}.PP\n${
    paragraph(command.doc)
  }` +
    explained.map(parameter =>
      tagged(bold(positional.includes(parameter) ? parameter.kind.synopsis : optionSynopsis(parameter)), parameter.doc)
    ).join('') +
    (repeats || own.length === 0 ? '' : `.PP\n${paragraph(`Weir's own options: ${own.join(', ')}.`)}`)
}
