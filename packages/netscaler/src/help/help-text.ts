import { verbs, type Command } from '../grammar/command.ts'
import { matchObject, type Grammar } from '../grammar/find-command.ts'
import type { Parameter } from '../grammar/option.ts'
import { titleOf } from '../grammar/read-call.ts'
import { optionSynopsis, synopsis } from '../grammar/synopsis.ts'
import { matchWord } from '../words/match-word.ts'
import { didYouMean } from '../words/nearest.ts'

/**
 * Returns the help about words: all verbs, the objects of a verb, the commands of an object, or one command with its
 * arguments and options.
 */
export const helpText = (grammar: Grammar, words: readonly string[]): string => {
  const [first, ...rest] = words
  if (first === undefined) return overview(grammar)
  const called = matchWord(first, verbs.map(name => ({ name })))
  const verb = called.length === 1 ? called[0]!.name : undefined
  const ofObject = objectCommands(grammar, verb === undefined ? words : rest)
  if (verb === undefined)
    return ofObject === undefined
      ? `no help about '${words.join(' ')}'${
        didYouMean(first, [...verbs, ...grammar.objects.map(({ object }) => object)])
      }\n${overview(grammar)}`
      : listOf(ofObject)
  if (rest.length === 0) return listOf(grammar.commands.filter(command => command.verb === verb))
  const command = ofObject?.find(command => command.verb === verb)
  return command === undefined ? listOf(grammar.commands.filter(one => one.verb === verb)) : commandHelp(command)
}

const overview = ({ objects }: Grammar): string => [
  'A command is a verb, an object, arguments and options: add service <name> <IP> USER_TCP <port> -maxClient 100',
  `Verbs:   ${verbs.join(', ')}`,
  'Objects:',
  ...objects.map(({ object, doc }) => `  ${object.padEnd(22)} ${doc}`),
  'help <verb>, help <object>, and help <verb> <object> show more.'
].map(line => `${line}\n`).join('')

/** The commands of the objects that words name. */
const objectCommands = (
  { objects, commands }: Grammar,
  [first, second]: readonly string[]
): readonly Command[] | undefined => {
  if (first === undefined) return undefined
  const matches = objects.flatMap(object => matchObject(object, first, second))
  if (matches.length === 0) return undefined
  const best = Math.max(...matches.map(({ rank }) => rank))
  const found = matches.filter(({ rank }) => rank === best).map(({ object }) => object.object)
  return commands.filter(({ object }) => found.includes(object))
}

const listOf = (commands: readonly Command[]): string => {
  const width = Math.max(...commands.map(command => titleOf(command).length))
  return commands.map(command => `${titleOf(command).padEnd(width)}  ${command.doc}\n`).join('')
}

const commandHelp = (command: Command): string => {
  const { arguments: positional, options } = command.parameters
  const classic = options.filter(({ own }) => own !== true)
  const own = options.filter(option => option.own === true)
  const described = (label: string, { doc }: Parameter): string => `  ${label}\n      ${doc}\n`
  return `${synopsis(command)}\n${command.doc}\n` +
    (positional.length === 0
      ? ''
      : `Arguments:\n${positional.map(argument => described(argument.kind.synopsis, argument)).join('')}`) +
    (classic.length === 0
      ? ''
      : `Options:\n${classic.map(option => described(optionSynopsis(option), option)).join('')}`) +
    (own.length === 0
      ? ''
      : `Weir's own options:\n${own.map(option => described(optionSynopsis(option), option)).join('')}`)
}
