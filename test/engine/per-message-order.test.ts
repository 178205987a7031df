// Messages balanced one by one, with replies in order: whatever the cut of every stream, the moment of the answers
// and the room on every side.
import { until } from '@weirlb/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { around, startEngine } from '../support/engine-bench.ts'
import { type FakeLink, FakeTransport, HeldRuntime, turns } from '../support/fake-transport.ts'

// One length byte, one byte that says the verdict, a body. `n` never enters; the others are decided on their first four
// bytes.
const SOURCE = `
import { defineProtocol, drop, encodeUtf8, forward, frame } from '@weirlb/sdk'
export default defineProtocol({
  name: 'x', api: 1, balance: 'per-message', replies: 'in-order',
  client: {
    framing: frame.length({ at: 0, size: 1, max: 256 }), peek: 4, only: { at: 1, mask: 0xff, in: [...'fdoqkg'].map(c => c.charCodeAt(0)) },
    onMessage (message, ctx) {
      switch (String.fromCharCode(message.bytes[1])) {
        case 'd': return drop()
        case 'o': ctx.reply(encodeUtf8('<o>')); return drop()
        case 'g': ctx.prelude(encodeUtf8('\\x02g' + String.fromCharCode(message.bytes[2]))); ctx.reply(encodeUtf8('<g>')); return drop()
        case 'q': return forward({ replies: 0 })
        case 'k': return forward({ session: message.bytes.subarray(0, 1) })
        default: return forward()
      }
    }
  },
  server: {
    framing: frame.length({ at: 0, size: 1, max: 256 }), only: { at: 1, mask: 0xff, in: ['p'.charCodeAt(0)] },
    onMessage: () => drop()
  }
})`

/** For a longer look: `WEIR_FUZZ_RUNS=20000`. */
const numRuns = Number(process.env['WEIR_FUZZ_RUNS'] ?? 250)

interface Frame {
  readonly kind: string
  readonly body: number
}
const frames = fc.array(fc.record({ kind: fc.constantFrom(...'ffnndoqkg'), body: fc.integer({ min: 1, max: 200 }) }), {
  maxLength: 24
})
/** The body repeats the frame's number, so that a reply can name its request. */
const text = ({ kind, body }: Frame, n: number): string =>
  String.fromCharCode(body + 1) + kind + String.fromCharCode(33 + n).repeat(body)
const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 6 })
const events = fc.array(
  fc.constantFrom(
    'turn',
    'turn',
    'answer 0',
    'answer 1',
    'hold',
    'release',
    'client-slow',
    'client-drain',
    'slow 0',
    'slow 1',
    'drain 0',
    'drain 1',
    'connect',
    'fail'
  ),
  { minLength: 1, maxLength: 60 }
)

/** The messages that a server got. */
const cut = (stream: string): string[] => {
  const messages: string[] = []
  for (let at = 0; at < stream.length; at += messages.at(-1)!.length)
    messages.push(stream.slice(at, at + 1 + stream.charCodeAt(at)))
  return messages
}
const isGreeting = (message: string): boolean => message[1] === 'g'

/**
 * A server that answers each request with as much as is asked of it at a time; before every third answer it pushes
 * something of its own.
 */
class Answering {
  readonly link: FakeLink
  #read = 0
  #out = ''
  #count = 0
  constructor (link: FakeLink) { this.link = link }

  answer (size: number): void {
    const got = this.link.text
    while (this.#read < got.length) {
      const length = 1 + got.charCodeAt(this.#read)
      if (got.length < this.#read + length) break
      const request = got.slice(this.#read, this.#read + length)
      this.#read += length
      if (isGreeting(request)) {
        this.#out += '\x06hello!'
        continue
      }
      // Nothing unasked stands alone: it would be taken for the answer to a greeting.
      if (request[1] === 'q') continue
      if (this.#count++ % 3 === 0) this.#out += '\x03ppp'
      this.#out += `\x05re${request[2]}re`
    }
    if (this.#out === '' || this.link.gone) return
    this.link.gives(this.#out.slice(0, size))
    this.#out = this.#out.slice(size)
    if (size === Infinity) this.#out = ''
  }
}

test('replies come in order and whole, requests reach each server in order, and every pause is taken back', async () => {
  const transport = new FakeTransport()
  const runtime = new HeldRuntime()
  const bench = await startEngine(around(SOURCE, [{ port: 1 }, { port: 2 }]), { transport, runtime })
  await fc.assert(fc.asyncProperty(frames, sizes, sizes, events, async (sent, upSizes, downSizes, script) => {
    const client = transport.connect(bench.port())
    const servers: Answering[] = []
    const connect = (): void => {
      for (const dial of transport.dials.splice(0)) if (!dial.cancelled) servers.push(new Answering(dial.connect()))
    }
    let failed = false
    // While a server is there: what the one that fails would have got has a place.
    const fail = (): void => {
      if (servers.length === 0) return
      failed = true
      for (const dial of transport.dials.splice(0)) if (!dial.cancelled) dial.fail()
    }
    const stream = sent.map(text).join('')
    let at = 0
    let step = 0
    const happen = async (event: string): Promise<void> => {
      const [what, which] = event.split(' ')
      const server = servers[Number(which ?? 0)]
      if (what === 'hold') runtime.held = true
      else if (what === 'release') runtime.release()
      else if (what === 'client-slow') client.slow = true
      else if (what === 'client-drain') client.drain()
      else if (what === 'slow' && server !== undefined) server.link.slow = true
      else if (what === 'drain') server?.link.drain()
      else if (what === 'answer') server?.answer(downSizes[step % downSizes.length]!)
      else if (what === 'connect') connect()
      else if (what === 'fail') fail()
      else await turns(1)
    }
    while (at < stream.length) {
      await happen(script[step++ % script.length]!)
      const size = upSizes[step % upSizes.length]!
      client.gives(stream.slice(at, at + size))
      at += size
    }
    for (; step < script.length; step++) await happen(script[step]!)
    for (let i = 0; i < 6; i++) {
      runtime.release()
      await turns(2)
      connect()
      client.drain()
      for (const server of servers) {
        server.link.drain()
        server.answer(Infinity)
      }
      await turns(2)
    }
    const on = sent.map(text).filter((_, n) => !'dog'.includes(sent[n]!.kind))
    const mark = (message: string): string => message[2]!
    expect(client.text).toBe(sent.map(({ kind }, n) => 'og'.includes(kind) ? `<${kind}>` : 'dq'.includes(kind) ? '' : `\x05re${String.fromCharCode(33 + n)}re`).join(''))
    const got = servers.map(({ link }) => cut(link.text))
    expect(got.flat().filter(message => !isGreeting(message)).join('').length).toBe(on.join('').length)
    for (const all of got) {
      const messages = all.filter(message => !isGreeting(message)).join('')
      const mine = on.filter(message => messages.includes(message))
      // A message whose first server failed may come behind later ones.
      if (failed) continue
      expect(messages).toBe(mine.join(''))
      // What was said last before a message is the last greeting before it.
      let greeting: string | undefined
      for (const message of all) {
        if (isGreeting(message)) greeting = mark(message)
        else expect(greeting).toBe(sent.map(text).slice(0, message.charCodeAt(2) - 33).findLast(isGreeting)?.[2])
      }
      expect(mine.map(mark)).toEqual(mine.map(mark).toSorted())
    }
    expect([client.paused, client.unread, ...servers.flatMap(({ link }) => [link.paused, link.unread])]).toEqual([false, 0, ...servers.flatMap(() => [false, 0])])
    client.fin()
    await turns()
    for (const { link } of servers) link.leave()
    client.leave()
    await turns()
    expect(bench.log.closed.at(-1)).toMatchObject({ reason: 'client-closed' })
  }), { numRuns })
  await until(() => bench.engine.connections({}).length === 0, 'all to be gone')
})
