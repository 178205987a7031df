/** A word of a command. */
export interface Word {
  /** Without its quotes. */
  readonly text: string
  /** True if quotes stand in it: it is never an option. */
  readonly quoted: boolean
  /** Of its first character in the line, from 1. */
  readonly column: number
}

/** One command with its place. */
export interface Statement {
  /** From 1. */
  readonly line: number
  /** Its text as it stands in the file. */
  readonly text: string
  /** At least one. */
  readonly words: readonly Word[]
}

/** True for a word such as `-timeout`; a negative number and a quoted word are values. */
export const isOption = ({ text, quoted }: Word): boolean => !quoted && /^-[A-Za-z]/.test(text)
