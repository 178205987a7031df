import { recordFrom } from '@weirlb/model'
import { readStatements } from '../lexer/read-statements.ts'
import { json, type Kind } from '../grammar/kind.ts'

const asJson = json('params')

/**
 * Parameters of an extension: `maxLength=1024 strict=true`, or JSON. A value is a number, true, false, or else text;
 * text with blanks is quoted.
 */
export const params: Kind = {
  synopsis: '<name=value …>',
  read: word => {
    if (word.trimStart().startsWith('{')) return asJson.read(word)
    const entries: (readonly [string, unknown])[] = []
    for (const part of wordsOf(word)) {
      const at = part.indexOf('=')
      if (at <= 0) return { expected: 'name=value, several of them separated by blanks, or JSON' }
      entries.push([part.slice(0, at), scalar(part.slice(at + 1))])
    }
    return { value: recordFrom(entries) }
  },
  write: value => {
    const entries = Object.entries(value as Readonly<Record<string, unknown>>)
    // `q=` opens a quote.
    const plain = entries.length > 0 &&
      entries.every(([name, one]) =>
        name !== 'q' && /^[\w.-]+$/.test(name) && typeof one !== 'object' && /^[^\s"'#;\\]*$/.test(String(one)) &&
        scalar(String(one)) === one
      )
    return plain ? entries.map(([name, one]) => `${name}=${String(one)}`).join(' ') : asJson.write(value)
  }
}

const wordsOf = (text: string): readonly string[] => {
  // A line end in quotes is no word of a command.
  try { return readStatements(text).flatMap(({ words }) => words.map(({ text }) => text)) } catch { return [text] }
}

const scalar = (text: string): unknown => {
  if (/^-?(0|[1-9]\d*)(\.\d+)?$/.test(text)) return Number(text)
  return text === 'true' ? true : text === 'false' ? false : text
}
