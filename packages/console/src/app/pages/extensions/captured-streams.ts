import { packetsOf } from './capture-file.ts'
import { segmentOf, type End, type Segment } from './tcp-segment.ts'

/** One direction of a TCP connection in a capture. */
export interface CapturedStream {
  /** The end that opened the connection, or sent first where the capture began later. */
  readonly client: End
  readonly server: End
  readonly side: 'client' | 'server'
  readonly bytes: Uint8Array
  /** Why `bytes` ends early: a packet is missing in the capture, or the stream is longer than `most`. */
  readonly cut: 'gap' | 'most' | undefined
}

/** A connection while its packets are read. */
interface Connection {
  readonly client: End
  readonly server: End
  readonly first: Segment
  readonly sent: Record<'client' | 'server', Segment[]>
}

const textOf = ({ address, port }: End): string => `${address} ${port}`

/**
 * Returns the streams of a capture that have bytes, in the order of their connections; undefined for a file that is no
 * capture. Segments are put in order, and those that were sent again count once. `most`: bytes of a stream.
 */
export const streamsOf = (file: Uint8Array, most: number): readonly CapturedStream[] | undefined => {
  const packets = packetsOf(file)
  if (packets === undefined) return undefined
  const connections: Connection[] = []
  const latest = new Map<string, Connection>()
  for (const packet of packets) {
    const segment = segmentOf(packet)
    if (segment === undefined) continue
    const { from, to, syn, ack, sequence } = segment
    const key = `${textOf(from)} ${textOf(to)}`
    let connection = latest.get(key)
    // The same ports again, for another connection.
    const anew = syn && !ack && connection !== undefined &&
      !(connection.first.syn && connection.first.sequence === sequence)
    if (connection === undefined || anew) {
      const [client, server] = syn && ack ? [to, from] : [from, to]
      connection = { client, server, first: segment, sent: { client: [], server: [] } }
      connections.push(connection)
      latest.set(key, connection)
      latest.set(`${textOf(to)} ${textOf(from)}`, connection)
    }
    connection.sent[textOf(from) === textOf(connection.client) ? 'client' : 'server'].push(segment)
  }
  return connections.flatMap(({ client, server, sent }) => (['client', 'server'] as const).flatMap(side => {
    const { bytes, cut } = inOrder(sent[side], most)
    return bytes.length === 0 ? [] : [{ client, server, side, bytes, cut }]
  }))
}

/** Puts the payload of segments in the order of their sequence numbers, which wrap (RFC 9293 §3.4). */
const inOrder = (
  segments: readonly Segment[],
  most: number
): { readonly bytes: Uint8Array, readonly cut: CapturedStream['cut'] } => {
  const opened = segments.find(({ syn }) => syn)
  const filled = segments.filter(({ payload }) => payload.length > 0)
  if (filled.length === 0) return { bytes: new Uint8Array(), cut: undefined }
  const after = (sequence: number, base: number): number => sequence - base | 0
  // Without its beginning, a stream begins with the earliest byte that there is.
  const base = opened !== undefined
    ? opened.sequence + 1 | 0
    : filled.reduce(
      (earliest, { sequence }) => after(sequence, earliest) < 0 ? sequence : earliest,
      filled[0]!.sequence
    )
  const sorted = filled.map(({ sequence, payload }) => ({ at: after(sequence, base), payload })).sort((a, b) =>
    a.at - b.at
  )
  const room = new Uint8Array(Math.min(most, filled.reduce((sum, { payload }) => sum + payload.length, 0)))
  let end = 0
  for (const { at, payload } of sorted) {
    if (at > end) return { bytes: room.subarray(0, end), cut: 'gap' }
    const fresh = payload.subarray(end - at)
    if (end + fresh.length > most) {
      room.set(fresh.subarray(0, most - end), end)
      return { bytes: room, cut: 'most' }
    }
    room.set(fresh, end)
    end += fresh.length
  }
  return { bytes: room.subarray(0, end), cut: undefined }
}
