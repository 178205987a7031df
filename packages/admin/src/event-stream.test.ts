import { expect, test } from 'vitest'
import { EventStream } from './event-stream.ts'

const MAX_WAITING = 256 * 1024

/** A stream that nobody reads, with so many bytes waiting before the next event. */
const waiting = (bytes: number): EventStream => {
  const stream = new EventStream(() => () => {})
  const frame = 'event: x\ndata: ""\n\n'.length
  stream.send('x', 'y'.repeat(bytes - stream.readableLength - frame) as unknown as object)
  expect(stream.readableLength).toBe(bytes)
  return stream
}

test.each([[MAX_WAITING - 1, 'waits'], [MAX_WAITING, 'waits'], [MAX_WAITING + 1, 'is lost']])(
  'behind %i bytes the next event %s',
  (bytes, outcome) => {
    const stream = waiting(bytes)
    stream.send('next', {})
    expect(stream.readableLength > bytes ? 'waits' : 'is lost').toBe(outcome)
    const all = [stream.read()]
    stream.send('later', {})
    all.push(stream.read())
    // The number of what was lost comes in its place.
    expect(all.join('').includes('event: dropped\ndata: {"count":1}\n\nevent: later')).toBe(outcome === 'is lost')
    stream.destroy()
  }
)
