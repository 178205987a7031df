import { expect, test } from 'vitest'
import { OctetCounter } from '../backend/collector.ts'
import { syslogMessages } from '../../wire/syslog-messages.ts'
import { Histogram } from './histogram.ts'
import { Pace } from './pace.ts'

test('a pace gives out each moment once, in order, and those of a stall all at once', () => {
  const pace = new Pace(1000, 4) // every 250 ms
  expect(pace.take(999)).toBeUndefined()
  expect(pace.take(1000)).toBe(1000)
  expect(pace.take(1249)).toBeUndefined()
  const late = [pace.take(1800), pace.take(1800), pace.take(1800), pace.take(1800)]
  expect(late).toEqual([1250, 1500, 1750, undefined])
})

test('quantiles, to the microsecond below a second and to the millisecond above', () => {
  const histogram = new Histogram()
  expect(histogram.quantile(0.5)).toBeUndefined()
  for (let i = 1; i <= 98; i++) histogram.add(0.25)
  histogram.add(7.125)
  histogram.add(1500.7)
  expect(histogram.quantile(0.5)).toBe(0.25)
  expect(histogram.quantile(0.98)).toBe(7.125)
  expect(histogram.quantile(0.99)).toBe(1500)
  expect(histogram.quantile(1)).toBe(1500)
})

test('octet-counted messages are counted however the stream is cut', () => {
  const messages = syslogMessages(256)
  expect(messages.every(message => message.length === 256)).toBe(true)
  const stream = Buffer.concat(messages)
  for (const step of [1, 2, 3, 7, 255, 256, 257, stream.length]) {
    const counter = new OctetCounter()
    let count = 0
    for (let at = 0; at < stream.length; at += step) {
      const chunk = stream.subarray(at, at + step)
      count += counter.count(chunk, chunk.length)
    }
    expect(count).toBe(messages.length)
  }
})
