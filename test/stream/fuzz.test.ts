// Random units in random pieces: the kit, and the engine, do what the slow reference says of the whole stream.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { drive, load } from '@weirlb/testing'
import { around, startEngine } from '../support/engine-bench.ts'
import { FakeTransport, HeldRuntime, turns } from '../support/fake-transport.ts'
import { reference, unit, unitProtocol } from '../support/unit-protocol.ts'

/** Mostly units that go on; now and then one that ends the judging or the connection. */
const someUnit = fc.record({
  letter: fc.oneof({ weight: 30, arbitrary: fc.constantFrom('P', 'P', 'D', 'K', 'W', 'R', 'S') }, { weight: 1, arbitrary: fc.constantFrom('T', 'U', 'J', 'X', 'B', 'E', '?') }),
  size: fc.oneof(fc.nat(6), fc.nat(40), fc.nat(900))
}).map(({ letter, size }) => unit(letter, size))

const someStream = fc.record({
  units: fc.array(someUnit, { maxLength: 40 }),
  cut: fc.nat(10),
  ended: fc.boolean(),
  pieces: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 30 })
})
  .map(({ units, cut, ended, pieces }) => {
    const stream = units.join('')
    const bytes = stream.slice(0, Math.max(0, stream.length - cut))
    const chunks: string[] = []
    for (let at = 0, n = 0; at < bytes.length; n++) {
      const size = pieces[n % pieces.length]!
      chunks.push(bytes.slice(at, at + size))
      at += size
    }
    return { bytes, chunks, ended }
  })

const latin = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'))
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

test('the kit', async () => {
  const protocol = await load({ source: unitProtocol() }, 'in-process')
  fc.assert(fc.property(someStream, ({ bytes, chunks, ended }) => {
    const want = reference(bytes, ended)
    const driven = drive(protocol, chunks.map(latin), { end: ended })
    expect([text(driven.returned), driven.closed]).toEqual([want.returned, want.closed])
    // What was to be sent waits for a server, and nothing that passes means that there is none.
    if (driven.forwarded.length === 0) expect(want.forwarded).toMatch(/^s*$/)
    else expect(text(driven.forwarded)).toBe(want.forwarded)
  }), { numRuns: 1500 })
})

test('the engine, whether its crossings take time or not', async () => {
  const transport = new FakeTransport()
  const runtime = new HeldRuntime()
  const { port, log } = await startEngine(around(unitProtocol(), [{ port: 1 }]), { transport, runtime })
  const someTurns = fc.array(fc.record({ turns: fc.nat(2), hold: fc.boolean(), dial: fc.nat(6) }), {
    minLength: 1,
    maxLength: 10
  })
  await fc.assert(
    fc.asyncProperty(someStream, someTurns, async ({ bytes, chunks, ended }, pace) => {
      const want = reference(bytes, ended)
      log.lines.length = 0
      const dialsBefore = transport.dials.length
      let server: ReturnType<FakeTransport['dials'][number]['connect']> | undefined
      const connect = (): void => {
        if (server === undefined && transport.dials.length > dialsBefore && !transport.dials.at(-1)!.cancelled)
          server = transport.dials.at(-1)!.connect()
      }
      const client = transport.connect(port())
      for (const [n, chunk] of chunks.entries()) {
        const step = pace[n % pace.length]!
        if (step.hold) runtime.held = true
        else runtime.release()
        client.gives(latin(chunk))
        await turns(step.turns)
        if (step.dial < n) connect()
      }
      if (ended) client.fin()
      await turns(1)
      runtime.release()
      await turns(12)
      connect()
      await turns(2)
      if (ended && server !== undefined && server.closed === undefined) {
        server.fin()
        server.leave()
      }
      await turns(6)
      const reason = log.closed[0]?.['reason']
      expect(reason).toBe(want.closed)
      expect(client.text).toBe(want.returned)
      // A server that was not there yet when the connection was ended gets nothing.
      if (server !== undefined) expect(server.text).toBe(want.forwarded)
      // Nothing that passed, so nobody was dialled; what was to be sent waits for a server.
      else if (want.closed === undefined || want.closed === 'client-closed') expect(want.forwarded).toMatch(/^s*$/)
      client.fin()
      client.leave()
      await turns(6)
    }),
    { numRuns: 400 }
  )
})
