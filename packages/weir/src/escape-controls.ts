/**
 * Returns a text with its control, format and line characters as escapes, `\u001b`. Clients choose texts: none of them
 * may begin a line, move a cursor, set a colour or turn the direction of a line. [ECMA-48] has controls above 127 too.
 */
export const escapeControls = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escape)

const escape = (char: string): string => {
  const hex = char.codePointAt(0)!.toString(16)
  return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`
}
