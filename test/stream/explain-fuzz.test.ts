// Random streams: what explain shows of them tiles the bytes, and ends as the kit says of the same stream in one piece.
import type { Explanation } from '@weirlb/engine'
import { drive, load } from '@weirlb/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'
import { lineProtocol } from '../support/line-protocol.ts'
import { unit, unitProtocol } from '../support/unit-protocol.ts'

const latin = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'))

/** Frames stand behind each other without a gap, and the rest behind them; only a pass may reach beyond the bytes. */
const expectTiles = ({ frames, rest }: Explanation, length: number): void => {
  let at = 0
  for (const frame of frames) {
    expect(frame.offset).toBe(at)
    at += frame.length
  }
  if (rest === undefined) expect(at).toBeGreaterThanOrEqual(length)
  else expect([rest.offset, rest.offset + rest.length]).toEqual([at, length])
}

const cut = fc.nat(10)
const units = fc.record({
  units: fc.array(fc.record({
    letter: fc.oneof({ weight: 20, arbitrary: fc.constantFrom('P', 'D', 'K', 'W', 'R', 'S') }, { weight: 1, arbitrary: fc.constantFrom('T', 'U', 'J', 'X', 'B', 'E', '?') }),
    size: fc.oneof(fc.nat(6), fc.nat(300))
  }).map(({ letter, size }) => unit(letter, size)), { maxLength: 20 }),
  cut
})
const lines = fc.record({
  units: fc.array(
    fc.oneof(
      {
        weight: 10,
        arbitrary: fc.constantFrom(
          'hello ann\n',
          'drop\n',
          'replace it\n',
          'send x\n',
          'reply y\n',
          'count c\n',
          'plain\n'
        )
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          'tunnel ann\n',
          'pipe ann\n',
          'reject me\n',
          'throw\n',
          'malformed\n',
          'via nowhere\n',
          `${'x'.repeat(1001)}\n`
        )
      }
    ),
    { maxLength: 20 }
  ),
  cut
})

test.each([['units of a stream', unitProtocol(), units], ['lines', lineProtocol(), lines]])(
  'explain, of %s',
  async (_, source, streams) => {
    const { engine } = await startEngine(around(source, [await TestServer.listen()]))
    const protocol = await load({ source, name: 'ext' }, 'in-process')
    await fc.assert(
      fc.asyncProperty(streams, async ({ units, cut }) => {
        const stream = units.join('')
        const bytes = latin(stream.slice(0, Math.max(0, stream.length - cut)))
        const explanation = await engine.explain({
          userVserver: 'v',
          bytes,
          side: 'client',
          client: { address: '127.0.0.1', port: 50_000 }
        })
        expectTiles(explanation, bytes.length)
        const { outcome, counters, crossings } = explanation
        const isUnbound = outcome.detail?.startsWith('via ') === true
        if (isUnbound) return
        const driven = drive(protocol, bytes)
        expect([outcome.reason, outcome.detail ?? '']).toEqual([driven.closed, driven.detail])
        expect({ ...counters }).toEqual(driven.counters)
        // A verdict that says where it comes from takes room: a crossing may hold fewer.
        expect(crossings).toBeGreaterThanOrEqual(driven.crossings)
        if (driven.forwarded.length > 0 && outcome.reason === undefined) expect(outcome.service).toBe('s1')
      }),
      { numRuns: 300 }
    )
  }
)
