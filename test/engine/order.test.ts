// What arrives, whatever the cut of the stream, the moment of the answers and the room on the other side: compared
// with a reference that has none of these.
import { until } from '@weirlb/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { around, type EngineBench, startEngine } from '../support/engine-bench.ts'
import { type FakeLink, FakeTransport, HeldRuntime, turns } from '../support/fake-transport.ts'

// One length byte, one byte that says the verdict, a body. Half of the verdicts are given on a head of four bytes; `n`
// and `e` never enter.
const framing = (max: number, peek: string): string => `framing: frame.length({ at: 0, size: 1, max: ${max} }), ${peek} only: { at: 1, mask: 0xff, in: [...'fdrtps'].map(c => c.charCodeAt(0)) },`
const SOURCE = `
import { defineProtocol, drop, encodeUtf8, forward, frame } from '@weirlb/sdk'
const judge = own => (message, ctx) => {
  switch (String.fromCharCode(message.bytes[1])) {
    case 'd': return drop()
    case 'r': return forward({ bytes: encodeUtf8('<r>') })
    case 'p': return forward({ then: 'pipe' })
    case 't': return forward({ then: 'tunnel' })
    case 's': own(ctx, encodeUtf8('<s>')); return forward()
    default: return forward()
  }
}
export default defineProtocol({
  name: 'x', api: 1, balance: 'per-connection',
  client: { ${framing(256, 'peek: 4,')} onMessage: judge((ctx, bytes) => ctx.send(bytes)) },
  server: { ${framing(256, '')} onMessage: judge((ctx, bytes) => ctx.reply(bytes)) }
})`

interface Frame {
  readonly kind: string
  readonly body: number
}
const frames = (kinds: string): fc.Arbitrary<Frame[]> =>
  fc.array(fc.record({ kind: fc.constantFrom(...kinds), body: fc.integer({ min: 0, max: 200 }) }), { maxLength: 12 })
const text = ({ kind, body }: Frame, n: number): string =>
  String.fromCharCode(body + 1) + kind + String.fromCharCode(97 + n).repeat(body)

/** What the other side is to get of one direction. */
const expected = (sent: readonly Frame[]): string => {
  let piped = false
  return sent.map((frame, n) => {
    const whole = text(frame, n)
    if (piped) return whole
    if (frame.kind === 'p') piped = true
    return frame.kind === 'd' ? '' : frame.kind === 'r' ? '<r>' : frame.kind === 's' ? `<s>${whole}` : whole
  }).join('')
}

const pieces = (whole: string, sizes: readonly number[]): string[] => {
  const all: string[] = []
  for (let at = 0, n = 0; at < whole.length; n++) {
    const size = sizes.length === 0 ? whole.length : sizes[n % sizes.length]!
    all.push(whole.slice(at, at + size))
    at += size
  }
  return all
}

const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 6 })
/**
 * What happens between two pieces: a turn of the loop, answers held back or let go, a side that takes no more or does
 * again.
 */
const events = fc.array(
  fc.constantFrom('turn', 'turn', 'hold', 'release', 'client-slow', 'client-drain', 'server-slow', 'server-drain'),
  { maxLength: 40 }
)

const play = async (
  bench: EngineBench,
  transport: FakeTransport,
  runtime: HeldRuntime,
  up: readonly string[],
  down: readonly string[],
  script: readonly string[]
): Promise<{ client: FakeLink, server: FakeLink }> => {
  const client = transport.connect(bench.port())
  client.gives(text({ kind: 'f', body: 0 }, 0))
  await turns()
  const server = transport.dials.at(-1)!.connect()
  const left: readonly [string[], string[]] = [[...up], [...down]]
  let step = 0
  while (left[0].length > 0 || left[1].length > 0) {
    const event = script[step++ % Math.max(1, script.length)]
    if (event === 'hold') runtime.held = true
    else if (event === 'release') runtime.release()
    else if (event === 'client-slow') client.slow = true
    else if (event === 'client-drain') client.drain()
    else if (event === 'server-slow') server.slow = true
    else if (event === 'server-drain') server.drain()
    else await turns(1)
    const one = left[0].shift()
    if (one !== undefined) client.gives(one)
    const other = left[1].shift()
    if (other !== undefined) server.gives(other)
  }
  runtime.release()
  for (let i = 0; i < 4; i++) {
    client.drain()
    server.drain()
    await turns(2)
    runtime.release()
  }
  return { client, server }
}

test('each direction arrives in order and whole, and every pause is taken back', async () => {
  const transport = new FakeTransport()
  const runtime = new HeldRuntime()
  const bench = await startEngine(around(SOURCE, [{ port: 1 }]), { transport, runtime })
  await fc.assert(
    fc.asyncProperty(
      frames('fdrpsne'),
      frames('fdrpsne'),
      sizes,
      sizes,
      events,
      async (up, down, upSizes, downSizes, script) => {
        const { client, server } = await play(
          bench,
          transport,
          runtime,
          pieces(up.map(text).join(''), upSizes),
          pieces(down.map(text).join(''), downSizes),
          script
        )
        expect(server.text.slice(2)).toBe(expected(up))
        expect(client.text).toBe(expected(down))
        expect([client.paused, server.paused, client.unread, server.unread]).toEqual([false, false, 0, 0])
        client.fin()
        server.fin()
        await turns()
        expect([client.ended, server.ended]).toEqual([true, true])
        client.leave()
        server.leave()
      }
    ),
    { numRuns: 300 }
  )
  await until(() => bench.engine.connections({}).length === 0, 'all to be gone')
})

test('a tunnel from either side loses and repeats nothing of either', async () => {
  const transport = new FakeTransport()
  const runtime = new HeldRuntime()
  const bench = await startEngine(around(SOURCE, [{ port: 1 }]), { transport, runtime })
  await fc.assert(
    fc.asyncProperty(
      frames('fnt'),
      frames('fnt'),
      sizes,
      sizes,
      events,
      async (up, down, upSizes, downSizes, script) => {
        const sent = [up.map(text).join(''), down.map(text).join('')] as const
        const { client, server } = await play(
          bench,
          transport,
          runtime,
          pieces(sent[0], upSizes),
          pieces(sent[1], downSizes),
          script
        )
        expect([server.text.slice(2), client.text]).toEqual(sent)
        if (up.some(f => f.kind === 't') || down.some(f => f.kind === 't')) expect(bench.engine.connections({}))
            .toMatchObject([{ phase: 'tunnel' }])
        expect([client.paused, server.paused]).toEqual([false, false])
        client.leave()
        server.leave()
        await turns()
      }
    ),
    { numRuns: 200 }
  )
})
