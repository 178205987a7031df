import { until } from '@weirlb/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { KeyNotes } from './key-notes.ts'
import type { SessionOp } from './shared-store.ts'

const release = (key: string): SessionOp =>
  ({ what: 'release', table: 'lb', key, service: '', unavailable: [], ttlMs: 1000 })

const notesWithSent = () => {
  const sent: string[] = []
  const notes = new KeyNotes(op => { sent.push(op.key) })
  onTestFinished(() => { notes.close() })
  return { notes, sent }
}

describe('what a node knows of keys at the store', () => {
  test('a release is sent after a moment, and its note goes', async () => {
    const { notes, sent } = notesWithSent()
    notes.release('a', release('a'))
    expect([sent, notes.find('a')?.release]).toEqual([[], release('a')])
    await until(() => sent.length === 1, 'the release')
    expect([sent, notes.find('a')]).toEqual([['a'], undefined])
  })

  test('a claim takes the release back, and one that is under way keeps it from the store', async () => {
    const { notes, sent } = notesWithSent()
    notes.release('a', release('a'))
    const note = notes.ask('a', notes.find('a'))
    notes.release('a', release('a'))
    notes.release('b', release('b'))
    await until(() => sent.length > 0, 'a release')
    expect(sent).toEqual(['b'])
    notes.answered(note)
    expect(notes.find('a')).toBeUndefined()
  })

  test('the newest of two releases counts', async () => {
    const { notes, sent } = notesWithSent()
    notes.release('a', release('a'))
    notes.ask('a', notes.find('a'))
    notes.answered(notes.find('a')!)
    notes.release('a', release('a'))
    await until(() => sent.length > 0, 'a release')
    notes.release('b', release('b'))
    await until(() => sent.includes('b'), 'the release of b')
    expect(sent).toEqual(['a', 'b'])
  })

  test('many that end at once are sent a few at a time, in their order', async () => {
    const sent: string[] = []
    let atOnce = 0
    let most = 0
    const notes = new KeyNotes(op => {
      sent.push(op.key)
      if (atOnce++ === 0) queueMicrotask(() => { atOnce = 0 })
      most = Math.max(most, atOnce)
    })
    onTestFinished(() => { notes.close() })
    const keys = Array.from({ length: 1000 }, (_, i) => `device-${i}`)
    for (const key of keys) notes.release(key, release(key))
    await until(() => sent.length === keys.length, 'all releases')
    expect(sent).toEqual(keys)
    expect(most).toBe(100)
  })

  test('closing sends all', () => {
    const { notes, sent } = notesWithSent()
    for (let i = 0; i < 300; i++) notes.release(`${i}`, release(`${i}`))
    notes.close()
    expect(sent).toHaveLength(300)
  })

  test('a grant ends when it is forgotten, and its note goes when others come after its time', () => {
    const { notes } = notesWithSent()
    const past = performance.now() - 1
    notes.grant('a', 'broker', past)
    expect(notes.find('a')).toBeUndefined()
    notes.grant('b', 'broker', Infinity)
    notes.grant('c', 'broker', Infinity)
    notes.forget('b')
    expect([notes.find('b')!.until, notes.find('c')!.until]).toEqual([0, Infinity])
    notes.forgetAll()
    expect(notes.find('c')!.until).toBe(0)
  })

  test('the oldest grants are forgotten when there are too many', () => {
    const { notes } = notesWithSent()
    for (let i = 0; i < 20_010; i++) notes.grant(`${i}`, 'broker', 1e15 + i)
    expect([notes.find('9'), notes.find('10')?.service]).toEqual([undefined, 'broker'])
  })
})
