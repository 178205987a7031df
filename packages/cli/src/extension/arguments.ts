import { parseArgs } from 'node:util'
import { UsageError } from '../usage-error.ts'

/** The arguments of `weir extension COMMAND`. */
export interface Arguments<O extends string> {
  readonly value: string | undefined
  readonly options: Readonly<Partial<Record<O, string>>>
}

/** Read at most one value, called `what`, and options that each have a value. Throws a UsageError that names the choices. */
export const readArguments = <O extends string> (args: readonly string[], what: string, names: readonly O[]): Arguments<O> => {
  const { tokens } = parseArgs({ args: [...args], options: Object.fromEntries(names.map(name => [name, { type: 'string' as const }])), strict: false, allowPositionals: true, tokens: true })
  const choices = names.map(name => `--${name}`).join(', ') || 'none'
  const options: Partial<Record<O, string>> = {}
  let value: string | undefined
  for (const token of tokens) {
    if (token.kind === 'positional') {
      if (value !== undefined) throw new UsageError(`one ${what} is enough: '${value}', and what is '${token.value}'?`)
      value = token.value
    } else if (token.kind === 'option') {
      const name = names.find(known => known === token.name)
      if (name === undefined) throw new UsageError(`unknown option '${token.rawName}'; there are: ${choices}`)
      if (token.value === undefined || token.value === '') throw new UsageError(`option '--${name}' needs a value`)
      if (options[name] !== undefined) throw new UsageError(`option '--${name}' is given twice: ${options[name]} and ${token.value}`)
      options[name] = token.value
    }
  }
  return { value, options }
}

/** Returns the value, or throws a UsageError that names the missing argument. */
export const required = (value: string | undefined, command: string, what: string): string => {
  if (value === undefined) throw new UsageError(`weir extension ${command} needs ${what}`)
  return value
}
