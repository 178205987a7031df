import { expect, test } from 'vitest'
import { clientClose, clientFrame, FrameReader, serverClose, serverFrame } from './websocket-frame.ts'

const payloads = [1, 4, 125, 126, 127, 256, 1000].map(length => Buffer.from(Array.from({ length }, (_, i) => i & 255)))

test.each([['a client', clientFrame, clientClose], ['a server', serverFrame, serverClose]])('frames of %s are read however the stream is cut', (_, frame, close) => {
  const stream = Buffer.concat([...payloads.map(frame), close])
  for (let step = 1; step <= stream.length; step++) {
    const reader = new FrameReader()
    const read: Buffer[] = []
    for (let at = 0; at < stream.length; at += step) {
      const chunk = Buffer.from(stream.subarray(at, at + step))
      read.push(chunk.subarray(0, reader.unframe(chunk, chunk.length)))
      if (at + step <= stream.length - close.length) expect(reader.closed).toBe(false)
    }
    expect(Buffer.concat(read).equals(Buffer.concat(payloads))).toBe(true)
    expect(reader.closed).toBe(true)
  }
})
