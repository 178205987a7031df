import { expect, test } from 'vitest'
import { AuditTrail, type NewEntry } from './audit-trail.ts'

const entry = (changed: Partial<NewEntry> = {}): NewEntry => ({
  who: 'token:a',
  from: '192.0.2.1',
  action: 'patch',
  code: 'ok',
  ...changed
})

test('pages lead to the end, each entry once', async () => {
  const trail = new AuditTrail()
  for (let i = 0; i < 25; i++) await trail.record(entry({ name: `n${i}` }))
  const seen: number[] = []
  let before: number | undefined
  do {
    const { items, next } = trail.query({ limit: 10, before })
    seen.push(...items.map(({ id }) => id))
    before = next
    // One that comes in between is on no later page.
    await trail.record(entry())
  } while (before !== undefined)
  expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => 25 - i))
})

test('every filter narrows', async () => {
  const trail = new AuditTrail()
  await trail.record(entry({ who: 'loopback', collection: 'services', name: 's' }))
  await trail.record(
    entry({ action: 'exec', changes: [{ collection: 'glbs', name: 'g', action: 'created', fields: [] }] })
  )
  await trail.record(entry({ code: 'role-insufficient' }))
  const ids = (query: object): number[] => trail.query({ limit: 10, ...query }).items.map(({ id }) => id)
  expect([
    ids({ who: 'loopback' }),
    ids({ action: 'exec' }),
    ids({ collection: 'glbs' }),
    ids({ collection: 'services' }),
    ids({ name: 'g' }),
    ids({ name: 's' })
  ]).toEqual([[1], [2], [2], [1], [2], [1]])
  expect([
    ids({ code: 'role-insufficient' }),
    ids({ result: 'ok' }),
    ids({ result: 'refused' }),
    ids({ sinceMs: Date.now() + 1e6 }),
    ids({ untilMs: Date.now() + 1e6 })
  ]).toEqual([[3], [2, 1], [3], [], [3, 2, 1]])
})

test('two thousand entries are in memory, fewer where they are large', async () => {
  const trail = new AuditTrail()
  for (let i = 0; i < 2100; i++) await trail.record(entry())
  expect(trail.query({ limit: 10_000 }).items).toHaveLength(2000)
  for (let i = 0; i < 50; i++) await trail.record(entry({ detail: 'x'.repeat(100_000) }))
  expect(trail.query({ limit: 10_000 }).items.length).toBeLessThan(45)
})

test('a client that is refused again and again pushes out nobody', async () => {
  const trail = new AuditTrail()
  for (let i = 0; i < 1000; i++) await trail.recordRefusal(entry({ who: 'token:mad', code: 'role-insufficient' }))
  expect(trail.query({ limit: 1000 }).items).toHaveLength(30)
  await trail.recordRefusal(entry({ who: 'token:other', code: 'role-insufficient' }))
  expect(trail.query({ limit: 1 }).items[0]!.who).toBe('token:other')
})

test('what was done stays in memory under any number of refused requests', async () => {
  const trail = new AuditTrail()
  await trail.record(entry({ name: 'done' }))
  for (let i = 0; i < 2500; i++)
    await trail.record(entry({ who: 'nobody', action: 'authenticate', code: 'unauthorized', name: `n${i}` }))
  expect(trail.query({ limit: 10, result: 'ok' }).items.map(({ name }) => name)).toEqual(['done'])
  const refused = trail.query({ limit: 10_000, result: 'refused' }).items
  expect([refused.length, refused[0]!.name, refused.at(-1)!.name]).toEqual([500, 'n2499', 'n2000'])
  for (let i = 0; i < 2500; i++) await trail.record(entry({ name: `d${i}` }))
  expect(trail.query({ limit: 10_000 }).items).toHaveLength(2000)
  await trail.record(entry({ code: 'forbidden' }))
  expect(trail.query({ limit: 10_000 }).items.map(({ code }) => code).filter(code => code !== 'ok')).toEqual([
    'forbidden'
  ])
})
