/** What is wrong with an expression, and where. */
export interface ExpressionFault {
  readonly message: string
  /** From 1. */
  readonly line: number
  /** From 1, in characters (UTF-16 code units). */
  readonly column: number
  /** From 0, in characters. */
  readonly offset: number
  /** What could stand there instead. */
  readonly expected: readonly string[]
}

/** Maximum choices that a fault names. */
const MAX_EXPECTED = 64

/** Returns the fault at an offset of a text. */
export const faultAt = (
  text: string,
  offset: number,
  message: string,
  expected: readonly string[] = []
): ExpressionFault => {
  const before = text.slice(0, offset)
  const lineAt = before.lastIndexOf('\n') + 1
  return {
    message,
    line: before.split('\n').length,
    column: offset - lineAt + 1,
    offset,
    expected: expected.slice(0, MAX_EXPECTED)
  }
}

/** `line 1, column 5: unknown field 'x'`. */
export const faultText = ({ line, column, message }: ExpressionFault): string =>
  `line ${line}, column ${column}: ${message}`

/** A result, or the faults that prevent it. */
export type Outcome<T> = { readonly ok: true, readonly value: T } | {
  readonly ok: false
  readonly faults: readonly ExpressionFault[]
}
