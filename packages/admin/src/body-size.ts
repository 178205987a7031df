import { WeirError } from '@weirlb/model'

/** Deepest nesting of a body: the schemas go to eight. */
const MAX_LEVELS = 32

const [quote, backslash, comma, openObject, closeObject, openList, closeList] = [...'"\\,{}[]'].map(c =>
  c.charCodeAt(0)
) as [number, number, number, number, number, number, number]

/**
 * Refuse, before it is parsed, a body whose check would block the process. The number of bytes says little: a million
 * values cost a thousand times as much as one text of that length.
 * Throws `body-too-large` for more values than `most`, `body-invalid` for more levels than any schema has. Invalid
 * JSON is counted as it is read.
 */
export const checkBodySize = (body: Uint8Array, most: number): void => {
  // A value takes two bytes at least.
  let values = 1
  let level = 0
  for (let i = 0; i < body.length; i++) {
    const byte = body[i]
    if (byte === quote) i = endOfText(body, i)
    else if (byte === comma) values++
    else if (byte === openObject || byte === openList) {
      values++
      if (++level > MAX_LEVELS)
        throw new WeirError('body-invalid', `the body is nested deeper than ${MAX_LEVELS} levels`)
    } else if (byte === closeObject || byte === closeList) level--
    if (values > most)
      throw new WeirError(
        'body-too-large',
        `the body has more than ${most} values; what is larger goes in several requests`
      )
  }
}

/** Index of the quote that ends the text that begins at `start`. */
const endOfText = (body: Uint8Array, start: number): number => {
  for (let end = body.indexOf(quote, start + 1); end >= 0; end = body.indexOf(quote, end + 1)) {
    let escapes = 0
    while (body[end - 1 - escapes] === backslash) escapes++
    if (escapes % 2 === 0) return end
  }
  return body.length
}
