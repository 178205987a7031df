/**
 * Bytes written as hexadecimal digits, white space as you like: hex`10 12 0004 4d515454`. A value put in between is
 * bytes as they are, or text as UTF-8. Throws a TypeError that shows what is no digit.
 */
export const hex = (strings: TemplateStringsArray, ...values: readonly (Uint8Array | string)[]): Uint8Array => {
  const parts: Uint8Array[] = []
  for (const [i, text] of strings.entries()) {
    parts.push(fromHex(text))
    const value = values[i]
    if (value !== undefined) parts.push(typeof value === 'string' ? Buffer.from(value) : value)
  }
  return joined(parts)
}

/**
 * Bytes of a text of hexadecimal digits; white space does not count, and `#` begins a comment that ends with its line.
 */
export const fromHex = (text: string): Uint8Array => {
  const digits = text.replaceAll(/#.*$/gm, '').replaceAll(/\s+/g, '')
  const wrong = /[^0-9a-f]/i.exec(digits)
  if (wrong !== null) throw new TypeError(`'${wrong[0]}' is not a hexadecimal digit`)
  if (digits.length % 2 !== 0)
    throw new TypeError(`a byte has two digits, and there are ${digits.length}: …${digits.slice(-8)}`)
  return Uint8Array.from(Buffer.from(digits, 'hex'))
}

/** One array of many; never a Buffer, which is not deeply equal to an array of the same bytes. */
export const joined = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts))
