import { until } from '@weirlb/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { KeyNotes } from './key-notes.ts'

const TTL_MS = 1000

const notesWithSent = () => {
  const sent: string[] = []
  const notes = new KeyNotes((_, key) => { sent.push(key) })
  onTestFinished(() => { notes.close() })
  return { notes, sent }
}

describe('what a node knows of keys at the store', () => {
  test('a release is sent after a moment, and its note goes', async () => {
    const { notes, sent } = notesWithSent()
    notes.release('lb', 'a', TTL_MS)
    expect([sent, notes.find('lb', 'a')?.releaseMs]).toEqual([[], TTL_MS])
    await until(() => sent.length === 1, 'the release')
    expect([sent, notes.find('lb', 'a')]).toEqual([['a'], undefined])
  })

  test('a claim takes the release back, and one that is under way keeps it from the store', async () => {
    const { notes, sent } = notesWithSent()
    notes.release('lb', 'a', TTL_MS)
    const note = notes.ask('lb', 'a', notes.find('lb', 'a'))
    notes.release('lb', 'a', TTL_MS)
    notes.release('lb', 'b', TTL_MS)
    await until(() => sent.length > 0, 'a release')
    expect(sent).toEqual(['b'])
    notes.answered(note)
    expect(notes.find('lb', 'a')).toBeUndefined()
  })

  test('the newest of two releases counts', async () => {
    const { notes, sent } = notesWithSent()
    notes.release('lb', 'a', TTL_MS)
    notes.ask('lb', 'a', notes.find('lb', 'a'))
    notes.answered(notes.find('lb', 'a')!)
    notes.release('lb', 'a', TTL_MS)
    await until(() => sent.length > 0, 'a release')
    notes.release('lb', 'b', TTL_MS)
    await until(() => sent.includes('b'), 'the release of b')
    expect(sent).toEqual(['a', 'b'])
  })

  test('a claim takes two with it that have waited', async () => {
    const { notes, sent } = notesWithSent()
    for (const key of ['a', 'b', 'c']) notes.release('lb', key, TTL_MS)
    notes.onClaim(performance.now())
    expect(sent).toEqual([])
    notes.onClaim(Infinity)
    expect(sent).toEqual(['a', 'b'])
    await until(() => sent.length === 3, 'the release that no claim has taken')
  })

  test('many that end at once are sent a few at a time, in their order', async () => {
    const sent: string[] = []
    let atOnce = 0
    let most = 0
    const notes = new KeyNotes((_, key) => {
      sent.push(key)
      if (atOnce++ === 0) queueMicrotask(() => { atOnce = 0 })
      most = Math.max(most, atOnce)
    })
    onTestFinished(() => { notes.close() })
    const keys = Array.from({ length: 1000 }, (_, i) => `device-${i}`)
    for (const key of keys) notes.release('lb', key, TTL_MS)
    await until(() => sent.length === keys.length, 'all releases')
    expect(sent).toEqual(keys)
    expect(most).toBe(100)
  })

  test('a key that is led elsewhere has neither grant nor release, and no note stays that says nothing', async () => {
    const { notes, sent } = notesWithSent()
    notes.release('lb', 'a', TTL_MS)
    notes.leadElsewhere('lb', 'a')
    expect(notes.find('lb', 'a')).toBeUndefined()
    notes.release('lb', 'b', TTL_MS)
    // As a claim does that is answered by itself, whose grant ends then.
    notes.find('lb', 'b')!.releaseMs = undefined
    notes.release('lb', 'c', TTL_MS)
    await until(() => sent.length > 0, 'a release')
    expect([sent, notes.find('lb', 'b')]).toEqual([['c'], undefined])
  })

  test('closing sends all', () => {
    const { notes, sent } = notesWithSent()
    for (let i = 0; i < 300; i++) notes.release('lb', `${i}`, TTL_MS)
    notes.close()
    expect(sent).toHaveLength(300)
  })

  test('a grant ends when it is forgotten, and its note goes when others come after its time', () => {
    const { notes } = notesWithSent()
    const past = performance.now() - 1
    notes.grant(notes.of('lb', 'a'), 'broker', past)
    expect(notes.find('lb', 'a')).toBeUndefined()
    notes.grant(notes.of('lb', 'b'), 'broker', Infinity)
    notes.grant(notes.of('lb', 'c'), 'broker', Infinity)
    notes.forget('lb', 'b')
    expect([notes.find('lb', 'b')!.until, notes.find('lb', 'c')!.until]).toEqual([0, Infinity])
    notes.forgetAll()
    expect(notes.find('lb', 'c')!.until).toBe(0)
  })

  test('the oldest grants are forgotten when there are too many', () => {
    const { notes } = notesWithSent()
    for (let i = 0; i < 20_010; i++) notes.grant(notes.of('lb', `${i}`), 'broker', 1e15 + i)
    expect([notes.find('lb', '9'), notes.find('lb', '10')?.service]).toEqual([undefined, 'broker'])
  })
})
