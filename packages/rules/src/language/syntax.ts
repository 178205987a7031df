// What the grammar makes of a text: nodes that are not checked yet. `at` is an offset in the text.

/** A part of an expression that is true or false, or a value. */
export type Syntax =
  | { readonly kind: 'or' | 'and' | 'xor', readonly of: readonly Syntax[] }
  | { readonly kind: 'not', readonly of: Syntax }
  | Comparison
  | Value

/** A value beside what it is compared with. */
export interface Comparison {
  readonly kind: 'compare'
  readonly of: Value
  readonly op: Operator
  readonly right: Literal | SetSyntax | ListSyntax
  readonly at: number
}

/** Operators by their English words; `strict wildcard` heeds letter case. */
export type Operator = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'contains' | 'matches' | 'wildcard' | 'strict wildcard' | 'bitwise_and' | 'in'

/** A field, what a function makes, or an item of either. */
export type Value =
  | { readonly kind: 'field', readonly name: string, readonly at: number }
  | { readonly kind: 'call', readonly name: string, readonly args: readonly (Syntax | Literal)[], readonly at: number }
  | { readonly kind: 'index', readonly of: Value, readonly key: string | number, readonly at: number }

/** A text. `raw`: as it is written, with its backslashes. */
export interface StringSyntax {
  readonly kind: 'string'
  /** Undefined: there is a backslash that means nothing, at `badAt`. */
  readonly value: string | undefined
  readonly badAt: number | undefined
  readonly raw: string
  readonly at: number
}

/** An address, a range of addresses, or a network. */
export interface AddressSyntax {
  readonly kind: 'ip'
  readonly from: string
  readonly to: string | undefined
  readonly prefix: number | undefined
  readonly at: number
}

export type Literal = StringSyntax | AddressSyntax
  | { readonly kind: 'int', readonly value: number, readonly at: number }
  | { readonly kind: 'bool', readonly value: boolean, readonly at: number }

/** `{1 2..9}`. */
export interface SetSyntax {
  readonly kind: 'set'
  readonly items:
    readonly (Literal | { readonly kind: 'range', readonly from: number, readonly to: number, readonly at: number })[]
  readonly at: number
}

/** `$name`. */
export interface ListSyntax { readonly kind: 'list', readonly name: string, readonly at: number }
