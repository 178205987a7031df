import { expect, test } from 'vitest'
import { bytesText, countedText, countText, msText, numberText } from './numbers.ts'
import { durationText } from './times.ts'

test.each([
  [0, '0 B'],
  [512, '512 B'],
  [1536, '1.5 KiB'],
  [1_048_576, '1 MiB'],
  [999_999, '977 KiB'],
  [-2048, '−2 KiB'],
  [2 ** 60, '1,024 PiB']
])('%i bytes are %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text)
})

test.each([[0.3456, '0.346 ms'], [12, '12 ms'], [999, '999 ms'], [1234, '1.23 s'], [60_000, '60 s']])(
  '%d ms are %s',
  (ms, text) => {
    expect(msText(ms)).toBe(text)
  }
)

test('numbers have three digits where they matter, and counts all of theirs', () => {
  expect([0, 0.4, 12.345, 999.9, 12_345.6].map(numberText)).toEqual(['0', '0.4', '12.3', '1,000', '12,346'])
  expect(countText(1_234_567)).toBe('1,234,567')
  expect([0, 1, 2000].map(count => countedText(count, 'client'))).toEqual(['0 clients', '1 client', '2,000 clients'])
})

test.each([[-5, '0 s'], [59_000, '59 s'], [60_000, '1 min'], [3_600_000, '1 h'], [12_000_000, '3 h 20 min'], [90_000_000, '1 d 1 h'], [86_400_000, '1 d']])('%i ms last %s', (ms, text) => {
  expect(durationText(ms)).toBe(text)
})
