import type { Kind } from './kind.ts'

/** An argument or an option of a command, and the field of the entity that it sets. */
export interface Parameter {
  /** As it is written after `-`, or as a synopsis shows an argument. */
  readonly name: string
  readonly aliases?: readonly string[]
  readonly kind: Kind
  /**
   * Path in the entity; empty for a value that has several fields, left out where the command itself uses the value.
   */
  readonly field?: readonly string[]
  readonly doc: string
  /** The last argument, if it takes several words. */
  readonly many?: true
  /** The last argument, if its value may be written in several words: they are joined by blanks. */
  readonly joined?: true
  /** An argument that may be left out. */
  readonly optional?: true
  /** A flag: it has no word behind it, and this value. */
  readonly flag?: unknown
  /** Weir's own: NetScaler has no such option. */
  readonly own?: true
}

/** An option of NetScaler that Weir has no counterpart for, or that it always does: it is skipped, with this reason. */
export type Foreign = Readonly<Record<string, string>>
