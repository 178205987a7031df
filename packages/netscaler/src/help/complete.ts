import { verbs, type Command } from '../grammar/command.ts'
import { matchObject, type Grammar } from '../grammar/find-command.ts'
import type { Kind } from '../grammar/kind.ts'
import { quoteWord } from '../lexer/quote-word.ts'
import { readStatements } from '../lexer/read-statements.ts'
import { isOption, type Word } from '../lexer/statement.ts'
import { matchWord } from '../words/match-word.ts'
import type { CollectionName } from '@weirlb/model'

/** Words that could stand at the end of a line, and the part of the line that they replace. */
export interface Completion {
  readonly candidates: readonly string[]
  readonly replaced: string
}

/** Returns the names of the entities of a collection. */
export type NamesOf = (collection: CollectionName) => Promise<readonly string[]> | readonly string[]

/**
 * Complete a line: verbs, objects, options, keywords, and names of entities. `others`: more words that a line may begin
 * with.
 */
export const complete = async (
  grammar: Grammar,
  line: string,
  names: NamesOf,
  others: readonly string[] = []
): Promise<Completion> => {
  const words = lastWords(line)
  if (words === undefined) return { candidates: [], replaced: '' }
  const partial = /\s$/.test(line) || line === '' ? undefined : words.at(-1)
  const before = partial === undefined ? words : words.slice(0, -1)
  const typed = partial?.text ?? ''
  const candidates = await candidatesFor(grammar, before, typed, names, others)
  return {
    candidates: [...new Set(candidates)].filter(candidate => candidate.toLowerCase().startsWith(typed.toLowerCase()))
      .map(quoteOption),
    replaced: typed
  }
}

const quoteOption = (word: string): string => /^-[A-Za-z]/.test(word) ? word : quoteWord(word)

/** Words of the last command; undefined within a quote, where nothing is completed. */
const lastWords = (line: string): readonly Word[] | undefined => {
  try {
    const statements = readStatements(line)
    return /;\s+$/.test(line) ? [] : statements.at(-1)?.words ?? []
  } catch {
    return undefined
  }
}

const candidatesFor = async (
  grammar: Grammar,
  before: readonly Word[],
  typed: string,
  names: NamesOf,
  others: readonly string[]
): Promise<readonly string[]> => {
  const [first, ...rest] = before
  if (first === undefined) return [...verbs, ...others]
  if (first.text.toLowerCase() === 'help') return helpWords(grammar, rest)
  const called = matchWord(first.text, verbs.map(name => ({ name, ...name === 'show' ? { aliases: ['sh'] } : {} })))
  if (called.length !== 1) return []
  const having = grammar.commands.filter(({ verb }) => verb === called[0]!.name)
  const command = commandOf(grammar, having, rest)
  if (command === undefined) return objectWords(having, rest)
  return await parameterWords(command.command, rest.slice(command.length), typed, names)
}

const helpWords = (grammar: Grammar, rest: readonly Word[]): readonly string[] => {
  const [verb] = rest
  if (verb === undefined) return [...verbs, ...grammar.objects.flatMap(({ object }) => object.split(' '))]
  return grammar.commands.filter(one => one.verb === verb.text).flatMap(({ object }) =>
    rest.length === 1 ? object.split(' ')[0]! : object.split(' ').slice(1)
  )
}

/** The command whose object the words name, if they name one by now. */
const commandOf = (
  grammar: Grammar,
  having: readonly Command[],
  [first, second]: readonly Word[]
): { readonly command: Command, readonly length: number } | undefined => {
  if (first === undefined) return undefined
  const objects = grammar.objects.filter(({ object }) => having.some(command => command.object === object))
  const matches = objects.flatMap(object => matchObject(object, first.text, second?.text)).sort((a, b) =>
    b.rank - a.rank
  )
  const [best, next] = matches
  if (best === undefined || next?.rank === best.rank) return undefined
  return { command: having.find(({ object }) => object === best.object.object)!, length: best.length }
}

const objectWords = (having: readonly Command[], rest: readonly Word[]): readonly string[] =>
  having.flatMap(({ object }) => {
    const parts = object.split(' ')
    const matches = rest.every(({ text }, i) => parts[i]?.toLowerCase().startsWith(text.toLowerCase()) === true)
    return matches && parts.length > rest.length ? [parts[rest.length]!] : []
  })

const parameterWords = async (
  command: Command,
  words: readonly Word[],
  typed: string,
  names: NamesOf
): Promise<readonly string[]> => {
  const { arguments: positional, options } = command.parameters
  const last = words.at(-1)
  const pending = last !== undefined && isOption(last) ? exactOption(command, last) : undefined
  if (pending !== undefined && pending.flag === undefined) return await wordsOf(pending.kind, names)
  const given = words.filter(isOption).map(word => exactOption(command, word)?.name)
  const values =
    words.filter((word, i) =>
      !isOption(word) && !(i > 0 && isOption(words[i - 1]!) && exactOption(command, words[i - 1]!)?.flag === undefined)
    ).length
  const open = options.filter(({ name }) => !given.includes(name))
  // Weir's own options are many: they are offered to who has begun one.
  const classic = open.filter(({ own }) => own !== true)
  const shown = typed.length > 1 || classic.length === 0 ? open : classic
  const argument = positional[values]
  if (typed.startsWith('-') || argument === undefined) return shown.map(({ name }) => `-${name}`)
  const found = await wordsOf(argument.kind, names)
  return found.length > 0 ? found : argument.optional === true ? shown.map(({ name }) => `-${name}`) : []
}

const exactOption = (command: Command, { text }: Word): Command['parameters']['options'][number] | undefined => {
  const found = matchWord(text.slice(1), command.parameters.options)
  return found.length === 1 ? found[0] : undefined
}

const wordsOf = async ({ keywords, collection }: Kind, names: NamesOf): Promise<readonly string[]> =>
  keywords ?? (collection === undefined ? [] : await names(collection))
