import { fault } from '../fault.ts'
import type { Statement, Word } from '../lexer/statement.ts'
import { begins, isExactly, matchWord } from '../words/match-word.ts'
import { didYouMean } from '../words/nearest.ts'
import { verbs, type Command, type ObjectWords } from './command.ts'

/** The grammar: every row, and the words of its objects. */
export interface Grammar {
  readonly objects: readonly ObjectWords[]
  readonly commands: readonly Command[]
  /**
   * Returns why a command of NetScaler is outside of Weir's world; undefined for words that NetScaler has not either.
   */
  outside (verb: string, words: readonly string[]): string | undefined
}

/** A row of the grammar, and the words that follow those that name it; or why there is none. */
export type Found = { readonly command: Command, readonly rest: readonly Word[] } | { readonly skipped: string }

/** Find the row that the first words of a statement name. Throws command-invalid with the nearest candidates. */
export const findCommand = (grammar: Grammar, statement: Statement): Found => {
  const [first, ...rest] = statement.words
  const { line } = statement
  const called = matchWord(first!.text, verbs.map(name => ({ name, aliases: verbAliases[name] ?? [] })))
  const verb = called.length === 1 ? called[0]!.name : undefined
  const outside = grammar.outside(verb ?? first!.text.toLowerCase(), rest.map(({ text }) => text.toLowerCase()))
  if (outside !== undefined) return { skipped: outside }
  if (verb === undefined) {
    const place = { line, column: first!.column }
    if (called.length > 1) throw fault(place, `'${first!.text}' may be ${called.map(({ name }) => name).join(' or ')}`)
    throw fault(place, `no command '${first!.text}'${didYouMean(first!.text, verbs)}; there are: ${verbs.join(', ')}`)
  }
  const rows = rowsOf(grammar, verb)
  const { object, length } = findObject(rows.objects, grammar.objects, verb, statement)
  return { command: rows.commands.get(object.object)!, rest: rest.slice(length) }
}

/** The rows of a verb: its objects in the order of the grammar, and its commands by their object. */
interface Rows { readonly objects: readonly ObjectWords[], readonly commands: ReadonlyMap<string, Command> }

/** By verb. A file of thousands of commands has few verbs. */
const known = new WeakMap<Grammar, Map<string, Rows>>()

const rowsOf = (grammar: Grammar, verb: string): Rows => {
  let ofGrammar = known.get(grammar)
  if (ofGrammar === undefined) known.set(grammar, ofGrammar = new Map())
  let rows = ofGrammar.get(verb)
  if (rows === undefined) {
    const commands = new Map<string, Command>()
    for (const command of grammar.commands)
      if (command.verb === verb && !commands.has(command.object)) commands.set(command.object, command)
    ofGrammar.set(verb, rows = { objects: grammar.objects.filter(({ object }) => commands.has(object)), commands })
  }
  return rows
}

const verbAliases: Readonly<Partial<Record<typeof verbs[number], readonly string[]>>> = {
  show: ['sh'],
  rm: ['remove'],
  stat: ['stats']
}

/**
 * An object that words name: with its group, as in `lb vs`, or by its last word where that is clear, as in
 * `persistentSessions`.
 */
export interface Match { readonly object: ObjectWords, readonly length: number, readonly rank: number }

const findObject = (
  choices: readonly ObjectWords[],
  all: readonly ObjectWords[],
  verb: string,
  { words, line }: Statement
): Match => {
  const [, first, second] = words
  if (first === undefined) {
    throw fault(
      { line, column: words[0]!.column + words[0]!.text.length },
      `'${verb}' needs an object; there are: ${choices.map(({ object }) => object).join(', ')}`
    )
  }
  const matches = choices.flatMap(choice => matchObject(choice, first.text, second?.text))
  const best = Math.max(...matches.map(({ rank }) => rank))
  const found = matches.filter(({ rank }) => rank === best)
  if (found.length === 1) return found[0]!
  const place = { line, column: first.column }
  if (found.length > 1)
    throw fault(
      place,
      `'${first.text}' may be ${found.map(({ object }) => object.object).join(' or ')}`
    )
  const elsewhere =
    all.flatMap(choice => matchObject(choice, first.text, second?.text)).sort((a, b) => b.rank - a.rank)[0]
  if (elsewhere !== undefined)
    throw fault(
      place,
      `'${verb}' is no command of ${elsewhere.object.object}; objects of '${verb}' are: ${
        choices.map(({ object }) => object).join(', ')
      }`
    )
  const both = second === undefined ? first.text : `${first.text} ${second.text}`
  const offered = didYouMean(both, choices.map(({ object }) => object)) ||
    didYouMean(first.text, choices.flatMap(({ object }) => object.split(' ')))
  throw fault(
    place,
    `'${verb}' has no object '${first.text}'${offered}; there are: ${choices.map(({ object }) => object).join(', ')}`
  )
}

/** Exact words outrank abbreviations, and both words of an object its last one. */
export const matchObject = (object: ObjectWords, first: string, second: string | undefined): Match[] => {
  const [group, noun] = object.object.includes(' ')
    ? object.object.split(' ') as [string, string]
    : [undefined, object.object]
  const last = { name: noun, ...(object.aliases === undefined ? {} : { aliases: object.aliases }) }
  const matches: Match[] = []
  if (
    group !== undefined && second !== undefined &&
    (isExactly(first, { name: group }) || begins(first, { name: group })) &&
    (isExactly(second, last) || begins(second, last))
  ) {
    matches.push({
      object,
      length: 2,
      rank: 10 + (isExactly(first, { name: group }) ? 2 : 0) + (isExactly(second, last) ? 1 : 0)
    })
  }
  if (isExactly(first, last) || begins(first, last))
    matches.push({ object, length: 1, rank: isExactly(first, last) ? 9 : 1 })
  return matches
}
