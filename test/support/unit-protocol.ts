/**
 * A stream protocol for tests: units of a letter, a two-byte length and so many bytes, and the letter says what is
 * answered.
 */
export const unitProtocol = (more = ''): string => `
import { defineProtocol, drop, encodeUtf8, forward, frame, Malformed, more, pass, pipe, Reader, reject } from '@weirlb/sdk'

const garbage = [
  async () => pass(1), () => pass(0), () => pass(-1), () => pass(NaN), () => pass(1.5), () => pass(1e300), () => pass('4'), () => drop(0), () => more(0), () => more(-5),
  () => forward(), () => undefined, () => pipe({ then: 'yes' }), () => more(10_000_000), () => pipe({ both: true }), () => drop()
]

const keyed = key => ({ token: key, session: key })

const judge = (chunk, end, ctx) => {
  ctx.state.calls++
  if (chunk.length < 3) return more(3 - chunk.length)
  const reader = new Reader(chunk)
  const letter = reader.text(1)
  const n = reader.u16()
  const unit = 3 + n
  const missing = unit - chunk.length
  switch (letter) {
    case 'P': return pass(unit)
    case 'D': return drop(unit)
    case 'K': return missing > 0 ? more(missing) : pass(unit, keyed(reader.text(n)))
    case 'V': return missing > 0 ? more(missing) : pass(unit, { via: reader.text(n) })
    case 'W': if (missing > 0) return more(missing); ctx.count('whole'); return pass(unit)
    case 'R': ctx.reply(encodeUtf8('r')); return pass(unit)
    case 'S': ctx.send(encodeUtf8('s')); return drop(unit)
    case 'H': return pass(unit * 65536)
    case 'I': ctx.idleTimeout(n / 1000); return pass(3)
    case 'T': return pipe()
    case 'U': return pipe({ then: 'tunnel', token: 'all' })
    case 'J': return reject('told to', encodeUtf8('no'))
    case 'X': ctx.reply(encodeUtf8('never')); throw new Error('told to throw')
    case 'B': throw new Malformed('told to be malformed')
    case 'E': return end ? pass(chunk.length) : more(1)
    case 'G': return garbage[n]()
    default: throw new Malformed('no such letter')
  }
}

export default defineProtocol({
  name: 'units',
  api: 1,
  balance: 'per-connection',
  state: () => ({ calls: 0 }),
  client: { onData: judge },
  ${more}
})
`
/** The server's side cut by the same rules. */
export const SERVER_UNITS = 'server: { onData: judge },'

/** One unit; `body` is its bytes, or how many. */
export const unit = (letter: string, body: string | number = ''): string => {
  const text = typeof body === 'string' ? body : 'x'.repeat(body)
  return letter + String.fromCharCode(text.length >> 8, text.length & 255) + text
}

/** A header alone, which may announce what never comes. */
export const head = (letter: string, n: number): string => letter + String.fromCharCode(n >> 8, n & 255)

/** What the protocol makes of a whole stream of the client, written as plainly as can be: the slow reference. */
export const reference = (
  stream: string,
  ended = false
): { readonly forwarded: string, readonly returned: string, readonly closed: string | undefined } => {
  let forwarded = ''
  let returned = ''
  let at = 0
  const end = (closed: string | undefined): ReturnType<typeof reference> => ({ forwarded, returned, closed })
  while (at < stream.length) {
    const rest = stream.slice(at)
    if (rest.length < 3) return end(ended ? 'protocol-error' : undefined)
    const n = rest.charCodeAt(1) * 256 + rest.charCodeAt(2)
    const letter = rest[0]!
    const whole = rest.slice(0, 3 + n)
    const missing = whole.length < 3 + n
    if ('KVW'.includes(letter) && missing) return end(ended ? 'protocol-error' : undefined)
    if (letter === 'T' || letter === 'U') {
      forwarded += rest
      return end(ended ? 'client-closed' : undefined)
    }
    if (letter === 'J') {
      returned += 'no'
      return end('rejected')
    }
    if (letter === 'X') return end('extension-error')
    if (!'PDKVWRSJXETU'.includes(letter)) return end('protocol-error')
    if (letter === 'E') {
      if (ended) forwarded += rest
      return end(ended ? 'client-closed' : undefined)
    }
    if (letter === 'R') returned += 'r'
    if (letter === 'S') forwarded += 's'
    if (!'DS'.includes(letter)) forwarded += whole
    at += 3 + n
  }
  return end(ended ? 'client-closed' : undefined)
}
