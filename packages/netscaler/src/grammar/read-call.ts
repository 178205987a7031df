import { certkeySecrets, describeValue, type WeirError } from '@weirlb/model'
import { fault } from '../fault.ts'
import { isOption, type Statement, type Word } from '../lexer/statement.ts'
import { matchWord } from '../words/match-word.ts'
import { didYouMean } from '../words/nearest.ts'
import type { Call, Command, ExecContext, Given } from './command.ts'
import type { Parameter } from './option.ts'

/** An option that was skipped. */
export interface SkippedOption { readonly option: string, readonly reason: string }

/** A command with its values, what was skipped of it, and why it is skipped as a whole, if it is. */
export interface ReadCall {
  readonly call: Call
  readonly skipped: readonly SkippedOption[]
  readonly outside: string | undefined
}

/** Returns the words of a command that name it: `add lb vserver`. */
export const titleOf = ({ verb, object }: Pick<Command, 'verb' | 'object'>): string =>
  object === '' ? verb : `${verb} ${object}`

/** Returns why a command with these words is outside of Weir's world; undefined if it is not. */
export const outsideReason = ({ outside = {} }: Command, words: readonly Word[]): string | undefined => {
  const options = words.filter(isOption).map(({ text }) => text.slice(1).toLowerCase())
  return Object.entries(outside).find(([option]) => options.includes(option.toLowerCase()))?.[1]
}

/**
 * Read the arguments and options of a command. Throws command-invalid for the first word that does not fit, with what
 * would be right.
 */
export const readCall = (
  command: Command,
  statement: Statement,
  rest: readonly Word[],
  context: ExecContext
): ReadCall => {
  const reader = new CallReader(command, statement)
  reader.read(rest)
  return {
    call: {
      command,
      statement,
      given: reader.given,
      context,
      skip: (option, reason) => {
        reader.skipped.push({ option, reason })
      }
    },
    skipped: reader.skipped,
    outside: reader.outside
  }
}

class CallReader {
  readonly given = new Map<string, Given>()
  readonly skipped: SkippedOption[] = []
  outside: string | undefined
  readonly #command: Command
  readonly #statement: Statement

  constructor (command: Command, statement: Statement) {
    this.#command = command
    this.#statement = statement
  }

  read (words: readonly Word[]): void {
    const { arguments: positional, options } = this.#command.parameters
    let next = 0
    const joined: Word[] = []
    for (let at = 0; at < words.length;) {
      const word = words[at]!
      if (isOption(word)) {
        at = this.#option(options, words, at)
        continue
      }
      const argument = positional[next]
      // The last argument may take several words.
      if (argument?.many === true) {
        const before = this.given.get(argument.name)?.value as string[] | undefined
        if (before === undefined) this.given.set(argument.name, { parameter: argument, word, value: [word.text] })
        else before.push(word.text)
        at++
        continue
      }
      if (argument?.joined === true) {
        joined.push(word)
        at++
        continue
      }
      next++
      if (argument === undefined) throw this.#fault(word, `what is ${describeValue(word.text)}? ${this.#expects()}`)
      this.#give(argument, word, word)
      at++
    }
    const [first] = joined
    if (first !== undefined) {
      const whole = { ...first, text: joined.map(({ text }) => text).join(' ') }
      this.#give(positional[next]!, whole, whole)
    }
    const missing = this.outside !== undefined
      ? undefined
      : positional.slice(next).find(argument => argument.optional !== true && !this.given.has(argument.name))
    if (missing !== undefined)
      throw this.#fault(undefined, `${missing.kind.synopsis} is missing: ${missing.doc} ${this.#expects()}`)
  }

  /** Returns the place behind the option and its value. */
  #option (options: readonly Parameter[], words: readonly Word[], at: number): number {
    const word = words[at]!
    const name = word.text.slice(1)
    const found = matchWord(name, options)
    const foreign = this.#foreign(name)
    const exact = found.length === 1 && found[0]!.name.toLowerCase() === name.toLowerCase()
    if (foreign !== undefined && !exact) {
      this.skipped.push({ option: `-${foreign.option}`, reason: foreign.reason })
      let end = at + 1
      while (end < words.length && !isOption(words[end]!)) end++
      return end
    }
    // Weir's own options have long names: an abbreviation is meant for NetScaler's.
    const classic = found.filter(({ own }) => own !== true)
    const option = found.length === 1 ? found[0] : classic.length === 1 ? classic[0] : undefined
    if (option === undefined) {
      if (found.length > 1)
        throw this.#fault(
          word,
          `'-${name}' may be ${found.map(({ name }) => `-${name}`).join(' or ')}`
        )
      throw this.#fault(word, `no option '-${name}'${this.#nearest(name, options)}; ${this.#choices(options)}`)
    }
    if (option.flag !== undefined) {
      this.#once(option, word)
      this.given.set(option.name, { parameter: option, word, value: option.flag })
      return at + 1
    }
    const value = words[at + 1]
    if (value === undefined || isOption(value))
      throw this.#fault(word, `-${option.name} needs a value: ${option.kind.synopsis}`)
    this.#give(option, value, word)
    return at + 2
  }

  #give (parameter: Parameter, word: Word, named: Word): void {
    this.#once(parameter, named)
    const reading = parameter.kind.read(word.text)
    if ('outside' in reading) {
      if (word === named) this.outside ??= reading.outside
      else this.skipped.push({ option: `-${parameter.name}`, reason: reading.outside })
      return
    }
    if (!('value' in reading)) {
      const shown = isSecret(parameter) ? 'a hidden value' : describeValue(word.text)
      throw this.#fault(
        word,
        `${labelOf(this.#command, parameter)}: expected ${reading.expected}; got ${shown}${
          didYouMean(word.text, reading.choices ?? [])
        }`
      )
    }
    this.given.set(parameter.name, { parameter, word, value: reading.value })
  }

  #once (parameter: Parameter, word: Word): void {
    if (this.given.has(parameter.name)) throw this.#fault(word, `${labelOf(this.#command, parameter)} is given twice`)
    const path = parameter.field?.join('.')
    const other = path === undefined
      ? undefined
      : [...this.given.values()].find(given => given.parameter.field?.join('.') === path)
    if (other !== undefined)
      throw this.#fault(
        word,
        `${labelOf(this.#command, parameter)} and ${labelOf(this.#command, other.parameter)} set the same field`
      )
  }

  #foreign (name: string): { readonly option: string, readonly reason: string } | undefined {
    const found = Object.entries(this.#command.foreign ?? {}).find(([option]) =>
      option.toLowerCase() === name.toLowerCase()
    )
    return found === undefined ? undefined : { option: found[0], reason: found[1] }
  }

  /** NetScaler's own words are offered first. */
  #nearest (name: string, options: readonly Parameter[]): string {
    const written = (some: readonly Parameter[]): string => didYouMean(`-${name}`, some.map(({ name }) => `-${name}`))
    return written(options.filter(({ own }) => own !== true)) || written(options)
  }

  #choices (options: readonly Parameter[]): string {
    const names = options.filter(({ own }) => own !== true).map(({ name }) => `-${name}`)
    return names.length === 0 ? `'${titleOf(this.#command)}' takes no options` : `there are: ${names.join(', ')}`
  }

  #expects (): string {
    const { arguments: positional } = this.#command.parameters
    return `expected: ${
      [
        titleOf(this.#command),
        ...positional.map(({ kind, optional }) => optional === true ? `[${kind.synopsis}]` : kind.synopsis)
      ].join(' ')
    }`
  }

  #fault (word: Word | undefined, message: string): WeirError {
    const { line, words } = this.#statement
    const last = words.at(-1)!
    return fault(
      { line, column: word?.column ?? last.column + last.text.length + 1 },
      `${titleOf(this.#command)}: ${message}`
    )
  }
}

/** True for a word that is a secret, or JSON that may have one in it: no message shows it. */
const isSecret = ({ kind, field = [] }: Parameter): boolean =>
  kind.secret === true || (field.length > 0 && certkeySecrets.some(path => field.every((step, i) => step === path[i])))

/** `-timeout`, or `<name>` of an argument. */
export const labelOf = (command: Command, parameter: Parameter): string =>
  command.parameters.options.includes(parameter) ? `-${parameter.name}` : parameter.kind.synopsis
