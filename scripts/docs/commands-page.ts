import { foreignObjects, foreignVerbs, grammar, optionSynopsis, synopsis, type Command } from '@weirlb/netscaler'
import { anchor, page, table } from './markdown.ts'

type Options = Command['parameters']['options']

/** docs/reference/commands.md */
export const commandsPage = (): string =>
  page('Commands', [
    '`weir exec`, `weir shell` and `POST /v1/exec` take these commands of NetScaler\'s language. This page comes from the table that reads them. The guide `docs/guide/netscaler-commands.md` shows how to use them.',
    'A command is one line: a verb, an object, arguments, and options with their values. Words are taken in any case, and may be abbreviated as long as they are clear: `sh lb vs`. `vs` stands for `vserver`. ' +
    'The first word of an object may be left out where its last one is clear: `sh persistentSessions`. A value with blanks is quoted: `"…"` with the escapes `\\"`, `\\\\`, `\\n`, `\\r`, `\\t` and `\\0`; `\'…\'` and `q/…/` as they stand. A line that begins with `#` is a comment, and so is the rest of a line after a word `#`. ` ; ` separates commands of one line.',
    'Every field of an entity has an option. Where NetScaler has no name for it, the option is the path of the field in the [configuration](config.md), such as `-limits.idleTimeoutSeconds`. Lists of names are separated by commas; lists of objects are given as JSON.',
    table(['Object', 'About'], grammar.objects.map(({ object, doc }) => [`[\`${object}\`](#${anchor(object)})`, doc])),
    ...grammar.objects.flatMap(({ object, doc }) => [
      `## ${object}`,
      doc,
      ...grammar.commands.filter(command => command.object === object).flatMap(commandParts)
    ]),
    '## Outside of Weir\'s world',
    'Commands of NetScaler that Weir has no counterpart for are skipped, and listed with the reason. Options of the commands above can be skipped as well.',
    table(['Verb', 'Reason'], reasonRows(foreignVerbs)),
    table(['Object, or every object of a group', 'Reason'], reasonRows(foreignObjects))
  ])

const commandParts = (command: Command): string[] => {
  const { arguments: positional, options } = command.parameters
  const classic = options.filter(({ own }) => own !== true)
  const own = options.filter(option => option.own === true).map(({ name }) => `\`-${name}\``)
  // `set` and `unset` have the options of `add`.
  const repeats = command.verb === 'unset' ||
    command.verb === 'set' && grammar.commands.some(({ verb, object }) => verb === 'add' && object === command.object)
  const parameters = [
    ...positional.map(({ kind, doc }) => [`\`${kind.synopsis}\``, doc]),
    ...repeats ? [] : optionRows(classic)
  ]
  return [
    `\`${synopsis(command)}\``,
    `${command.doc} REST: [\`${command.rest}\`](rest.md).${
      command.verb === 'unset' ? ' The options of `set`, without values.' : ''
    }`,
    ...parameters.length === 0 ? [] : [table(['Parameter', 'Meaning'], parameters)],
    ...own.length === 0 || repeats ? [] : [`Weir's own options: ${own.join(', ')}.`],
    ...command.foreign === undefined || repeats || Object.keys(command.foreign).length === 0
      ? []
      : [`Skipped options: ${Object.keys(command.foreign).map(name => `\`-${name}\``).join(', ')}.`]
  ]
}

const optionRows = (options: Options): string[][] =>
  options.map(option => [`\`${optionSynopsis(option)}\``, option.doc])

/** One row for each reason, with the words that have it. */
const reasonRows = (reasons: Readonly<Record<string, string>>): string[][] => {
  const words = new Map<string, string[]>()
  for (const [word, reason] of Object.entries(reasons)) words.set(reason, [...words.get(reason) ?? [], `\`${word}\``])
  return [...words].map(([reason, all]) => [all.join(', '), reason])
}
