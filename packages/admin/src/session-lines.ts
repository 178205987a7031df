import { setImmediate as turn } from 'node:timers/promises'
import { Readable } from 'node:stream'
import { WeirError, MAX_ISSUES, type Issue } from '@weirlb/model'
import type { SessionInfo, SessionInput } from '@weirlb/core'

/** Most entries of one import. */
export const MAX_LINES = 200_000
/** Lines that are read in one turn of the event loop. */
const LINES = 1000
/** Longest line: the longest key takes 24 KiB where every character is escaped. */
const MAX_LINE_BYTES = 64 * 1024
const NEWLINE = 0x0a

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Entries as they were sent, and the number of the line of each, from 1. */
export interface SessionLines { readonly entries: readonly SessionInput[], readonly lines: readonly number[] }

/**
 * Read entries, a JSON object a line; lines without text are passed over. Throws `body-invalid` with the numbers of the
 * lines that are no JSON, `body-too-large` for more than `MAX_LINES`.
 */
export const readSessionLines = async (body: Uint8Array): Promise<SessionLines> => {
  const entries: unknown[] = []
  const lines: number[] = []
  const issues: Issue[] = []
  for (let at = 0, line = 1; at < body.length; line++) {
    const found = body.indexOf(NEWLINE, at)
    const end = found < 0 ? body.length : found
    try {
      if (end - at > MAX_LINE_BYTES) throw new RangeError(`longer than ${MAX_LINE_BYTES} bytes`)
      const text = utf8.decode(body.subarray(at, end)).trim()
      if (text !== '') {
        entries.push(JSON.parse(text))
        lines.push(line)
      }
    } catch (error) {
      const what = error instanceof SyntaxError
        ? `no JSON: ${error.message}`
        : error instanceof RangeError
        ? error.message
        : 'no UTF-8'
      if (issues.length < MAX_ISSUES) issues.push({ path: `line ${line}`, message: what })
    }
    if (entries.length > MAX_LINES)
      throw new WeirError('body-too-large', `the body has more than ${MAX_LINES} entries; more go in several requests`)
    at = end + 1
    if (line % LINES === 0) await turn()
  }
  const first = issues[0]
  if (first !== undefined)
    throw new WeirError('body-invalid', `${first.path}: ${first.message}; nothing was set`, { issues })
  return { entries: entries as SessionInput[], lines }
}

/** Entries as text, a JSON object a line, read as fast as the client takes them. */
export const sessionText = (parts: AsyncIterable<readonly SessionInfo[]>): Readable => Readable.from(texts(parts))

async function * texts (parts: AsyncIterable<readonly SessionInfo[]>): AsyncGenerator<string, void, void> {
  for await (const part of parts) if (part.length > 0) yield part.map(entry => `${JSON.stringify(entry)}\n`).join('')
}
