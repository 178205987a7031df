import { expect, test } from 'vitest'
import { Events } from '../events.ts'
import { MemoryStorage } from '../storage/memory.ts'
import { FakeDataPlane } from '../test/fake-data-plane.ts'
import { SessionKeeper } from './session-keeper.ts'

const log = { debug () {}, info () {}, warn () {}, error () {} }

test('entries that cannot be put together are told of, and the next time saves', async () => {
  const plane = new class extends FakeDataPlane {
    broken = true
    override saveSessions () {
      if (this.broken) throw new RangeError('Invalid string length')
      return super.saveSessions()
    }
  }()
  plane.sessionEntries = [{ lbVserver: 'lb', key: 'k', service: 's', expiresAt: Date.now() + 60_000 }]
  const storage = new MemoryStorage()
  const events = new Events(log)
  const told: string[] = []
  events.on('sessions-not-saved', ({ reason }) => { told.push(reason) })
  const keeper = new SessionKeeper(plane, storage, log, events)
  await keeper.stop()
  expect(told).toEqual(['Invalid string length'])
  expect(await storage.loadSessions()).toEqual([])
  plane.broken = false
  await keeper.stop()
  expect(await storage.loadSessions()).toEqual(plane.sessionEntries)
})
