import { describe, expect, test } from 'vitest'
import { ocspEndsAt } from './ocsp.ts'

/** An element of DER, shorter than 128 bytes. */
const der = (tag: number, ...inside: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(inside)
  return Buffer.concat([Buffer.of(tag, body.length), body])
}
const time = (text: string): Buffer => der(0x18, Buffer.from(text))
const answer = (next?: string): Buffer =>
  der(0x30, der(0x30), der(0x80), time('20260101000000Z'), ...next === undefined ? [] : [der(0xa0, time(next))])
const response = (...answers: readonly Buffer[]): Buffer => {
  const data = der(0x30, der(0x82, Buffer.alloc(4)), time('20260101000000Z'), der(0x30, ...answers))
  return der(0x30, der(0x0a, Buffer.of(0)), der(0xa0, der(0x30, der(0x06, Buffer.of(1)), der(0x04, der(0x30, data)))))
}

describe('ocspEndsAt', () => {
  test('the time of its answer; the first of several; none where it has none', () => {
    expect(ocspEndsAt(response(answer('20260203040506Z')))).toBe(Date.UTC(2026, 1, 3, 4, 5, 6))
    expect(ocspEndsAt(response(answer('20260203040506Z')).subarray(0, 8))).toBeUndefined()
    expect(ocspEndsAt(response(answer(), answer('20260103000000Z')))).toBe(Date.UTC(2026, 0, 3))
    expect(ocspEndsAt(response(answer()))).toBeUndefined()
    expect(ocspEndsAt(Buffer.from('30030a0100', 'hex'))).toBeUndefined()
  })

  test('cut anywhere, it has no time and throws nothing', () => {
    const whole = response(answer('20260203040506Z'))
    const ends = new Set(Array.from({ length: whole.length }, (_, cut) => ocspEndsAt(whole.subarray(0, cut))))
    expect([...ends]).toEqual([undefined])
  })
})
