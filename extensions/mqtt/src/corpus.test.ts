// Whatever a client or a server says behind CONNECT and CONNACK goes on byte by byte as it is, in both modes, whole
// and in pieces of one byte.
import { drive, type Chunk, type Driven } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { bytes, connect, corpus, packet, properties, type Sequence } from '../test/corpus.ts'
import { mqttPacketVectors } from '../test/mqtt-packet-vectors.ts'
import mqtt from './index.ts'

/** Longer packets are not cut at every byte, and longer streams are left out. */
const LARGE = 4096
const HUGE = 1024 * 1024
/** Of the streams that mqtt-packet's tests parse without an error. */
const sound = mqttPacketVectors().filter(({ bytes, packets, error }) =>
  error === undefined && packets.length > 0 && bytes.length < HUGE
)
const accepted = (level: Sequence['level']): Uint8Array => packet(0x20, 0, 0, properties(level))
const oneByOne = (whole: Uint8Array): Uint8Array[] =>
  whole.length > LARGE ? [whole] : Array.from(whole, (_, i) => whole.subarray(i, i + 1))
const hex = (part: Uint8Array): string => Buffer.from(part).toString('hex')

describe.each([['connect', {}], ['messages', { inspect: 'messages' }]] as const)('inspect: %s', (mode, params) => {
  /** What one side says in these pieces, and what comes through of it. */
  const through = (
    level: Sequence['level'],
    side: 'client' | 'server',
    pieces: readonly Uint8Array[]
  ): { readonly t: Driven, readonly got: string } => {
    const chunks = pieces.map((piece): Chunk => side === 'client' ? piece : { server: piece })
    const t = drive(mqtt, [connect(level, { id: 'dev-1' }), { server: accepted(level) }, ...chunks], { params })
    return {
      t,
      got: hex(
        side === 'client'
          ? t.forwarded.subarray(connect(level, { id: 'dev-1' }).length)
          : t.returned.subarray(accepted(level).length)
      )
    }
  }
  /** Streams that cannot be cut: an inspected one ends there. */
  const unframed = (name: string): boolean => mode === 'messages' && name.endsWith('a length of five bytes')

  test.each(['client', 'server'] as const)('of a %s', side => {
    for (const { name, level, connected, packets } of corpus()) {
      if (!connected) continue
      const said = bytes(...packets)
      for (const pieces of [[said], oneByOne(said)]) {
        const { t, got } = through(level, side, pieces)
        if (unframed(name)) expect([t.closed, got], name).toEqual(['protocol-error', ''])
        else if (t.closed !== undefined || got !== hex(said))
          expect([t.closed, t.detail, got], name).toEqual([undefined, '', hex(said)])
      }
    }
  })

  test.each(['client', 'server'] as const)('of a %s: the streams that mqtt-packet is tested with', side => {
    expect(sound.length).toBeGreaterThan(100)
    for (const { name, version, bytes: said } of sound) {
      const level = version === 5 ? 5 : 4
      const { t, got } = through(level, side, [said])
      if (t.closed !== undefined || got !== hex(said))
        expect([t.closed, t.detail, got], name).toEqual([undefined, '', hex(said)])
    }
  })

  test('a CONNECT that is lawful', () => {
    for (const { name, packets: [first, ...more] } of corpus()) {
      if (more.length > 0 || first === undefined || first[0]! >> 4 !== 1) continue
      for (const pieces of [[first], oneByOne(first)]) {
        const t = drive(mqtt, pieces, { params })
        if (t.closed === undefined) expect(hex(t.forwarded), name).toBe(hex(first))
        else expect(hex(t.forwarded), name).toBe('')
      }
    }
  })
})
