import type { IpAddress } from '../address/ip-address.ts'

/**
 * Types of values. `strings`: a list of texts. `headers`: lists of texts by name, as of an HTTP request; names are in
 * lower case.
 */
export type ValueType = 'string' | 'int' | 'bool' | 'ip' | 'strings' | 'headers'

/** A value of one of the types. */
export type RuleValue = string | number | boolean | IpAddress | readonly string[] | ReadonlyMap<string, readonly string[]>

/** Types as people read them. */
export const typeTexts: Readonly<Record<ValueType, string>> = {
  string: 'a string',
  int: 'a number',
  bool: 'true or false',
  ip: 'an IP address',
  strings: 'a list of strings',
  headers: 'lists of strings by name'
}

/** The types of the fields that expressions may name. */
export type FieldTypes = ReadonlyMap<string, ValueType>

/** A list with a name, `$name`: of addresses, of texts or of numbers. Its entries may change at any time. */
export type NamedList =
  | { readonly type: 'ip', has (value: IpAddress): boolean }
  | { readonly type: 'string', has (value: string): boolean }
  | { readonly type: 'int', has (value: number): boolean }

/** Where `$name` is looked up when an expression is compiled. */
export interface NamedLists {
  find (name: string): NamedList | undefined
  /** Names that there are, for faults. */
  names (): readonly string[]
}

/** There are no lists. */
export const noLists: NamedLists = { find: () => undefined, names: () => [] }
