import { parseArgs } from 'node:util'
import { UsageError } from '../usage-error.ts'

/** The arguments of `weir extension COMMAND`. */
export interface Arguments<O extends string, F extends string = never> {
  readonly value: string | undefined
  readonly options: Readonly<Partial<Record<O, string>>>
  /** Options without a value that were given. */
  readonly flags: ReadonlySet<F>
}

/**
 * Read at most one value, called `what`, options that each have a value, and flags, which have none. Throws a
 * UsageError that names the choices.
 */
export const readArguments = <O extends string, F extends string = never>(
  args: readonly string[],
  what: string,
  names: readonly O[],
  flagNames: readonly F[] = []
): Arguments<O, F> => {
  const types = [
    ...names.map(name => [name, { type: 'string' as const }] as const),
    ...flagNames.map(name => [name, { type: 'boolean' as const }] as const)
  ]
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(types),
    strict: false,
    allowPositionals: true,
    tokens: true
  })
  const choices = [...new Set<string>([...names, ...flagNames])].map(name => `--${name}`).join(', ') || 'none'
  const options: Partial<Record<O, string>> = {}
  const flags = new Set<F>()
  let value: string | undefined
  for (const token of tokens) {
    if (token.kind === 'positional') {
      if (value !== undefined) throw new UsageError(`one ${what} is enough: '${value}', and what is '${token.value}'?`)
      value = token.value
    } else if (token.kind === 'option') {
      const flag = flagNames.find(known => known === token.name)
      if (flag !== undefined) {
        if (token.value !== undefined) throw new UsageError(`option '--${flag}' has no value; got '${token.value}'`)
        flags.add(flag)
        continue
      }
      const name = names.find(known => known === token.name)
      if (name === undefined) throw new UsageError(`unknown option '${token.rawName}'; there are: ${choices}`)
      if (token.value === undefined || token.value === '') throw new UsageError(`option '--${name}' needs a value`)
      if (options[name] !== undefined)
        throw new UsageError(`option '--${name}' is given twice: ${options[name]} and ${token.value}`)
      options[name] = token.value
    }
  }
  return { value, options, flags }
}

/** Returns the value, or throws a UsageError that names the missing argument. */
export const required = (value: string | undefined, command: string, what: string): string => {
  if (value === undefined) throw new UsageError(`weir extension ${command} needs ${what}`)
  return value
}
