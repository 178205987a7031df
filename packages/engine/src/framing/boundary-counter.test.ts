import { expect, test } from 'vitest'
import { frame } from '@weirlb/sdk'
import { BoundaryCounter } from './boundary-counter.ts'
import { compileFraming } from './cutter.ts'

test('stops at the first boundary inside a chunk', () => {
  const counter = new BoundaryCounter(compileFraming(frame.fixed({ size: 4 })))
  counter.feed(Uint8Array.of(1, 2))
  expect(counter.feedToBoundary(Uint8Array.of(3, 4, 5, 6, 7))).toBe(2)
  expect(counter.atBoundary).toBe(true)
})

test('a searched frame is open until a chunk holds its end', () => {
  const counter = new BoundaryCounter(compileFraming(frame.lines({ max: 100 })))
  counter.feed(Uint8Array.of(65, 66))
  expect(counter.atBoundary).toBe(false)
  counter.feed(Uint8Array.of(67, 10))
  expect(counter.atBoundary).toBe(true)
})

test('counts frames one by one, wherever the bytes are cut', () => {
  const counter = new BoundaryCounter(compileFraming(frame.delimiter({ bytes: [13, 10], max: 100 })))
  const ends: string[] = []
  for (const chunk of ['a\r', '\nbc\r\nd', '\r', '\r\n\r\n']) {
    const bytes = Buffer.from(chunk)
    for (let at = 0; at < bytes.length;) {
      at = counter.feedFrame(bytes, at)
      ends.push(`${at}${counter.atBoundary ? '' : ' open'}`)
    }
  }
  expect(ends).toEqual(['2 open', '1', '5', '6 open', '1 open', '2', '4'])
})
