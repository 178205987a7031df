// A link that is ending, at each check of its peer: what may still go on, and what is over.
import { expect, test } from 'vitest'
import { Linger } from './linger.ts'
import { wheel } from './timers/wheel.ts'

const lingering = (pending: number, waitsForUs = false) => {
  const link = {
    pending,
    waitsForUs,
    over: 0,
    onLingerOver (): void { this.over++ },
    onFault (error: unknown): void { throw error }
  }
  const linger = new Linger(link)
  const check = (): boolean => {
    wheel.cancel(linger)
    linger.onTimeout()
    wheel.cancel(linger)
    return link.over > 0
  }
  return { link, linger, check }
}

test('a peer has a second to close its side once it has everything', () => {
  const { linger, check } = lingering(0)
  expect(linger.armed).toBe(true)
  expect(check()).toBe(true)
})

test('a peer that takes one byte in a second goes on, one that takes none does not', () => {
  const { link, check } = lingering(3)
  expect(check()).toBe(false)
  link.pending = 2
  expect(check()).toBe(false)
  expect(check()).toBe(true)
})

test('a link whose bytes we have not read waits for us, however long', () => {
  const { link, check } = lingering(0, true)
  for (let i = 0; i < 10; i++) expect(check()).toBe(false)
  link.waitsForUs = false
  expect(check()).toBe(true)
})
