/** Returns a text as one word of a command: in double quotes where it needs them. */
export const quoteWord = (text: string): string => {
  if (/^[A-Za-z0-9_.:/*@%+,=~^-]+$/.test(text) && !/^-[A-Za-z]/.test(text) && !/^q[/{([<|~$^+=&%@!]/.test(text))
    return text
  return `"${
    text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t').replaceAll(
      '\0',
      '\\0'
    )
  }"`
}
