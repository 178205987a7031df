import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyToText, storedKey, textToKey } from './session-key.ts'

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const utf8 = (text: string): string => latin1(Buffer.from(text))

test('keys are shown as text where they are text, else in hex', () => {
  expect(keyToText(storedKey(utf8('device-ü')))).toBe('device-ü')
  expect(keyToText(storedKey('\xff\x00'))).toBe('hex:ff00')
})

test('keys that look like a notation are shown in hex', () => {
  expect(keyToText(storedKey('hex:00'))).toBe('hex:6865783a3030')
  expect(keyToText(storedKey('sha256:1'))).toMatch(/^hex:/)
})

test('keys over 128 bytes are stored as a hash, which no other key can equal', () => {
  const long = 'x'.repeat(65_535)
  expect(keyToText(storedKey(long))).toMatch(/^sha256:[0-9a-f]{64}$/)
  expect(storedKey('x'.repeat(128))).toBe('x'.repeat(128))
  expect(storedKey(long)).not.toBe(storedKey(long.slice(1)))
  expect(storedKey(keyToText(storedKey(long)))).not.toBe(storedKey(long))
  expect(textToKey(long)).toBe(storedKey(long))
})

test('every key comes back from its text', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.string({ unit: 'binary', maxLength: 60 }).map(text => new Uint8Array(Buffer.from(text)))
  )
  fc.assert(fc.property(bytes, raw => {
    const stored = storedKey(latin1(raw))
    expect(textToKey(keyToText(stored))).toBe(stored)
  }))
})

test('different keys are stored differently', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (a, b) => {
    expect(storedKey(latin1(a)) === storedKey(latin1(b))).toBe(Buffer.compare(a, b) === 0)
  }))
})
