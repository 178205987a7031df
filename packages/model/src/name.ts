import { z } from 'zod'

/** A remark of the operator. */
export const comment = z.string().max(1024).optional().describe('A remark; Weir ignores it.')

/**
 * Name of a configurable entity: letters, digits, `_ . : -`, starting with a letter, digit or `_`, at most 127
 * characters.
 */
export const name = z.string().regex(
  /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,126}$/,
  'a name has 1 to 127 letters, digits, "_", ".", ":" or "-" and starts with a letter, digit or "_"'
)
