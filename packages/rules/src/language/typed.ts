import type { IpAddress } from '../address/ip-address.ts'
import type { IpRange } from '../address/ip-set.ts'
import type { RuleFunction } from './functions.ts'
import type { NamedList, ValueType } from './types.ts'

// A checked expression: every field exists, and every type fits.

/** A part that is true or false. */
export type TypedTest =
  | { readonly kind: 'or' | 'and' | 'xor', readonly of: readonly TypedTest[] }
  | { readonly kind: 'not', readonly of: TypedTest }
  /** A field, an item or a result of type `bool`. A missing one is false. */
  | { readonly kind: 'truth', readonly of: TypedValue }
  | TypedComparison
  /** `any` or `all` of the items of `of` pass the comparison, or are true. */
  | { readonly kind: 'any' | 'all', readonly of: TypedComparison | TypedValue }

/** A value and what it is compared with; a missing value passes no comparison. */
export interface TypedComparison { readonly kind: 'compare', readonly of: TypedValue, readonly match: Match }

/** A value. `many`: one for each item, after `[*]`. */
export type TypedValue = { readonly type: ValueType, readonly many: boolean } & (
  | { readonly kind: 'field', readonly name: string }
  | { readonly kind: 'item', readonly of: TypedValue, readonly key: number | string }
  | { readonly kind: 'each', readonly of: TypedValue }
  | { readonly kind: 'call', readonly fn: RuleFunction, readonly args: readonly TypedArgument[] }
)

/** An argument: a value, or a literal. */
export type TypedArgument = TypedValue | {
  readonly kind: 'literal'
  readonly type: 'string' | 'int' | 'bool'
  readonly value: string | number | boolean
}

/** What a value is compared with. */
export type Match =
  | { readonly op: 'eq' | 'ne', readonly with: string | number | boolean | IpAddress }
  | { readonly op: 'lt' | 'le' | 'gt' | 'ge', readonly with: number | string }
  | { readonly op: 'bitwise_and', readonly with: number }
  | { readonly op: 'contains', readonly with: string }
  | { readonly op: 'wildcard' | 'strict wildcard', readonly with: string }
  | { readonly op: 'matches', readonly with: string }
  | { readonly op: 'in', readonly strings: readonly string[] }
  | { readonly op: 'in', readonly ints: readonly (readonly [from: number, to: number])[] }
  | { readonly op: 'in', readonly ips: readonly IpRange[] }
  | { readonly op: 'in', readonly list: NamedList, readonly name: string }
