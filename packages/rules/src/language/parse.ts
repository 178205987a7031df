import { type ExpressionFault, faultAt, type Outcome } from './fault.ts'
import { limits } from './limits.ts'
import { parse as parseText } from './parser.ts'
import type { Syntax } from './syntax.ts'

/** A generated parser's error (peggy's SyntaxError). */
interface ParserError {
  readonly location: { readonly start: { readonly offset: number } }
  readonly found: string | null
  readonly expected: readonly { readonly type: string, readonly description?: string, readonly text?: string }[] | null
}

const isParserError = (error: unknown): error is ParserError =>
  error instanceof Error && 'location' in error && 'expected' in error

const BLANK = 'white space'

/** Reads an expression by the grammar; whether its fields exist and its types fit is checked later. */
export const parse = (text: string): Outcome<Syntax> => {
  const early = tooLong(text) ?? tooDeep(text)
  if (early !== undefined) return { ok: false, faults: [early] }
  try {
    return { ok: true, value: (parseText as (text: string) => Syntax)(text) }
  } catch (error) {
    if (!isParserError(error)) throw error
    return { ok: false, faults: [unexpected(text, error)] }
  }
}

const unexpected = (text: string, { location, found, expected }: ParserError): ExpressionFault => {
  const choices = [...new Set((expected ?? []).flatMap(choiceOf))].sort()
  const here = found === null
    ? 'the end'
    : `'${text.slice(location.start.offset).match(/^[A-Za-z0-9_.]+|^./su)?.[0] ?? found}'`
  const list = choices.length > 1 ? `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}` : choices[0]
  return faultAt(text, location.start.offset, `expected ${list}; got ${here}`, choices)
}

const choiceOf = ({ type, description, text }: NonNullable<ParserError['expected']>[number]): string[] => {
  if (type === 'end') return ['the end']
  if (type === 'literal') return [`'${text ?? ''}'`]
  return description === undefined || description === BLANK ? [] : [description]
}

const tooLong = (text: string): ExpressionFault | undefined =>
  text.length <= limits.length
    ? undefined
    : faultAt(text, limits.length, `${text.length} characters; an expression has at most ${limits.length}`)

/** The parser calls itself for each parenthesis: how many there are is known before it begins. */
const tooDeep = (text: string): ExpressionFault | undefined => {
  let depth = 0
  const tokens = /r(#*)"[\s\S]*?"\1|"(?:[^"\\]|\\[\s\S])*"|[()]/g
  for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
    if (token[0] === '(') depth++
    else if (token[0] === ')') depth--
    if (depth > limits.depth)
      return faultAt(text, token.index, `more than ${limits.depth} parentheses within each other`)
  }
  return undefined
}
