import { expect, test } from 'vitest'
import { streamsOf } from '../../packages/console/src/app/pages/extensions/captured-streams.ts'

const MOST = 1000
const client = { address: '127.0.0.2', port: 50123 }
const server = { address: '127.0.0.1', port: 1883 }

interface Sent {
  readonly by?: 'client' | 'server'
  readonly seq: number
  readonly text?: string
  readonly flags?: number
}

const SYN = 2
const SYN_ACK = 18

/** An IPv4 packet with a TCP segment, and padding behind it as on short Ethernet frames. */
const ip = ({ by = 'client', seq, text = '', flags = 16 }: Sent): Buffer => {
  const [from, to] = by === 'client' ? [client, server] : [server, client]
  const packet = Buffer.alloc(40 + text.length + 6)
  packet[0] = 0x45
  packet.writeUInt16BE(40 + text.length, 2)
  packet[9] = 6
  Buffer.from(from.address.split('.').map(Number)).copy(packet, 12)
  Buffer.from(to.address.split('.').map(Number)).copy(packet, 16)
  packet.writeUInt16BE(from.port, 20)
  packet.writeUInt16BE(to.port, 22)
  packet.writeUInt32BE(seq >>> 0, 24)
  packet[32] = 0x50
  packet[33] = flags
  packet.write(text, 40, 'latin1')
  return packet
}
const ethernet = (packet: Buffer): Buffer =>
  Buffer.concat([Buffer.alloc(12), Buffer.from('810000010800', 'hex'), packet])

const number = (value: number, little: boolean): Buffer => {
  const bytes = Buffer.alloc(4)
  if (little) bytes.writeUInt32LE(value)
  else bytes.writeUInt32BE(value)
  return bytes
}
const pcap = (link: number, packets: readonly Buffer[], little = true): Buffer => Buffer.concat([
  number(0xa1b2c3d4, little), Buffer.alloc(16), number(link, little),
  ...packets.flatMap(packet => [Buffer.alloc(8), number(packet.length, little), number(packet.length, little), packet])
])
const pcapng = (link: number, packets: readonly Buffer[], little = true): Buffer => {
  const block = (type: number, body: Buffer): Buffer => {
    const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)])
    return Buffer.concat([
      number(type, little),
      number(padded.length + 12, little),
      padded,
      number(padded.length + 12, little)
    ])
  }
  const half = Buffer.alloc(8)
  if (little) half.writeUInt16LE(link)
  else half.writeUInt16BE(link)
  return Buffer.concat([
    block(0x0a0d0d0a, Buffer.concat([number(0x1a2b3c4d, little), Buffer.alloc(12)])),
    block(1, half),
    ...packets.map(packet =>
      block(6, Buffer.concat([Buffer.alloc(12), number(packet.length, little), number(packet.length, little), packet]))
    )
  ])
}
const texts = (file: Buffer, most = MOST): readonly (readonly [string, string, string | undefined])[] | undefined =>
  streamsOf(file, most)?.map(({ side, bytes, cut }) => [side, Buffer.from(bytes).toString('latin1'), cut])

const talk: readonly Sent[] = [
  { seq: 99, flags: SYN },
  { by: 'server', seq: 499, flags: SYN_ACK },
  { seq: 100, text: 'hello ' },
  { by: 'server', seq: 500, text: 'hi\n' },
  { seq: 106, text: 'there\n' }
]
const both = [['client', 'hello there\n', undefined], ['server', 'hi\n', undefined]]

test.each([true, false])('both formats, with several links, are read in either byte order (%s)', little => {
  const packets = talk.map(ip)
  for (const write of [pcap, pcapng]) {
    expect(texts(write(101, packets, little))).toEqual(both)
    expect(texts(write(1, packets.map(ethernet), little))).toEqual(both)
    expect(texts(write(0, packets.map(packet => Buffer.concat([Buffer.alloc(4), packet])), little))).toEqual(both)
    expect(
      texts(write(
        113,
        packets.map(packet => Buffer.concat([Buffer.alloc(14), Buffer.from('0800', 'hex'), packet])),
        little
      ))
    ).toEqual(both)
    expect(texts(write(147, packets, little))).toEqual([])
  }
  expect(streamsOf(pcap(101, packets), MOST)![0]).toMatchObject({ client, server })
})

test('segments are put in order, and count once, also where sequence numbers wrap', () => {
  const at = 0xffff_fffe
  const file = (sent: readonly Sent[]): Buffer => pcap(101, sent.map(ip))
  expect(texts(file([{ seq: at - 1, flags: SYN }, { seq: at + 4, text: 'efg' }, { seq: at, text: 'abcd' }, { seq: at + 2, text: 'cdef' }, { seq: at, text: 'abcd' }]))).toEqual([['client', 'abcdefg', undefined]])
  // What comes behind a packet that is missing belongs to no known place.
  expect(texts(file([{ seq: 0, flags: SYN }, { seq: 1, text: 'ab' }, { seq: 4, text: 'de' }]))).toEqual([[
    'client',
    'ab',
    'gap'
  ]])
  // Begun later.
  expect(texts(file([{ by: 'server', seq: 7, text: 'b' }, { by: 'server', seq: 6, text: 'a' }]))).toEqual([[
    'client',
    'ab',
    undefined
  ]])
  expect(texts(file([{ seq: 0, flags: SYN }, { seq: 1, text: 'abcdef' }]), 4)).toEqual([['client', 'abcd', 'most']])
  // The same ports twice.
  expect(texts(file([...talk, { seq: 7000, flags: SYN }, { seq: 7001, text: 'again' }]))).toEqual([...both, ['client', 'again', undefined]])
})

test('a file that ends anywhere, and bytes that are wrong, have the streams that are left, or none', () => {
  for (const file of [pcap(1, talk.map(ip).map(ethernet)), pcapng(1, talk.map(ip).map(ethernet))]) {
    for (let end = 0; end < file.length; end++) {
      for (const [, text] of texts(file.subarray(0, end)) ?? [])
        expect(both.some(([, whole]) => whole!.startsWith(text))).toBe(true)
    }
    for (let at = 0; at < file.length; at++) {
      for (const value of [0, 0x7f, 0xff]) {
        const wrong = Buffer.from(file)
        wrong[at] = value
        for (const [, text] of texts(wrong) ?? []) expect(text.length).toBeLessThanOrEqual(MOST)
      }
    }
  }
  expect(texts(Buffer.from('10 14 0004 4d515454 04 02 003c 0008 64657669'))).toBeUndefined()
})
