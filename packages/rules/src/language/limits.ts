/** Bounds of one expression. Those of length and of regular expressions are those of CIS. */
export const limits = {
  /** Characters. */
  length: 4096,
  /** Regular expressions, those in functions included. */
  regexes: 64,
  /** Parentheses within parentheses, those of functions included. */
  depth: 64,
  /** Characters of a value that `matches`, `wildcard` and `regex_replace` look at. */
  subject: 8192
} as const
