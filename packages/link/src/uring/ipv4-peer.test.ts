import { expect, test } from 'vitest'
import { Ipv4Peer } from './ipv4-peer.ts'

test('an address is the text of its four bytes, whichever was asked for before', () => {
  // Those with the same first three bytes have places of their own; 5,000 of other networks share the places there are.
  const peers = Array.from({ length: 5256 }, (_, i) => {
    const bytes = i < 256 ? [127, 0, 0, i] : [i & 255, i >>> 8, i * 7 & 255, i * 31 & 255]
    return { bytes, peer: new Ipv4Peer(Buffer.from(bytes).readInt32BE(), i) }
  })
  for (const { bytes, peer } of [...peers, ...peers.toReversed()]) {
    expect(peer.address).toBe(bytes.join('.'))
    expect(peer.address).toBe(bytes.join('.'))
  }
  expect(new Ipv4Peer(0, 1).address).toBe('0.0.0.0')
  expect(new Ipv4Peer(-1, 65_535)).toMatchObject({ address: '255.255.255.255', port: 65_535 })
})
