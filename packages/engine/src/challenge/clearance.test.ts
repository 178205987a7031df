import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { clearanceCookie, Clearances } from './clearance.ts'

const DAY = 86_400_000
const whom = { userVserver: 'v', address: '192.0.2.7' }
const solution = (puzzle: string, bits: number): string => {
  for (let number = 0;; number++)
    if (Math.clz32(createHash('sha256').update(`${puzzle}:${number}`).digest().readUInt32BE(0)) >= bits)
      return String(number)
}
const header = (value: string, vserver = 'v'): string => `${clearanceCookie(vserver)}=${value}`

test('a clearance holds for its time, network and user vserver, in every process with the secret, over the change of keys', () => {
  const [one, other] = [new Clearances(), new Clearances()]
  const secret = Buffer.alloc(32, 7).toString('base64')
  one.use(secret)
  const now = 20_000 * DAY + DAY - 1000
  const value = one.issue(whom, 3600, now)
  expect(other.clears(whom, header(value), 3600, now)).toBe(false)
  other.use(secret)
  expect(other.clears(whom, header(value), 3600, now)).toBe(true)
  expect(other.clears({ ...whom, address: '192.0.2.200' }, header(value), 3600, now + DAY / 100)).toBe(true)
  expect(other.clears({ ...whom, address: '192.0.3.7' }, header(value), 3600, now)).toBe(false)
  expect(other.clears({ ...whom, userVserver: 'w' }, header(value, 'w'), 3600, now)).toBe(false)
  expect(other.clears(whom, header(value), 3600, now + 3_600_000)).toBe(false)
  // A clock that jumps back by much, and a time that was made shorter.
  expect(other.clears(whom, header(value), 3600, now - DAY)).toBe(false)
  expect(other.clears(whom, header(value), 600, now)).toBe(false)
  expect(
    [undefined, '', 'a=b', header(''), header('.'), header('x.y'), header(`${value}.`)].map(text =>
      other.clears(whom, text, 3600, now)
    )
  ).not.toContain(true)
})

test('a puzzle is for its time and network, and its work cannot be made less', () => {
  const clearances = new Clearances()
  const now = 1_700_000_000_000
  const puzzle = clearances.puzzle(whom, 8, now)
  const found = solution(puzzle, 8)
  expect(clearances.solves(whom, puzzle, found, now + 299_000)).toBe(true)
  expect(clearances.solves(whom, puzzle, found, now + 300_000)).toBe(false)
  expect(clearances.solves({ ...whom, address: '198.51.100.1' }, puzzle, found, now)).toBe(false)
  expect(clearances.solves(whom, puzzle.replace('.8.', '.1.'), found, now)).toBe(false)
  expect(clearances.solves(whom, puzzle, `${found}x`, now)).toBe(false)
  const hard = clearances.puzzle(whom, 24, now)
  expect(clearances.solves(whom, hard, solution(hard, 2), now)).toBe(false)
})
