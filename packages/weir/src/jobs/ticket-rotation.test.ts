import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SecretFile } from '../storage/secret.ts'
import { TicketRotation } from './ticket-rotation.ts'

let directory: string
beforeAll(() => { directory = mkdtempSync(join(tmpdir(), 'weir-tickets-')) })
afterAll(() => { rmSync(directory, { recursive: true }) })

const hour = 3_600_000
const warnings: string[] = []
const log = {
  debug () {},
  info () {},
  warn (_: object, message: string) {
    warnings.push(message)
  },
  error (_: object, message: string) {
    warnings.push(message)
  }
}

test('the secret is kept over a restart, for a day, where only its owner can read it', async () => {
  const archive = new SecretFile(directory, 'ticket-secret.json')
  let now = Date.parse('2030-01-01T00:00:00Z')
  const started = async () => {
    const rotation = new TicketRotation({ archive, log, now: () => now })
    await rotation.restore()
    return rotation
  }
  const first = await started()
  expect(Buffer.from(first.secret, 'base64')).toHaveLength(32)
  expect(statSync(join(directory, 'ticket-secret.json')).mode & 0o777).toBe(0o600)
  now += 23 * hour
  const second = await started()
  expect(second.secret).toBe(first.secret)

  let rotated = 0
  await second.look(async () => { rotated++ })
  expect([rotated, second.secret]).toEqual([0, first.secret])
  now += hour
  await second.look(async () => { rotated++ })
  expect(rotated).toBe(1)
  expect(second.secret).not.toBe(first.secret)
  expect((await started()).secret).toBe(second.secret)
  now += 25 * hour
  expect((await started()).secret).not.toBe(second.secret)
  // A clock that was wrong.
  now -= 100 * hour
  const third = await started()
  expect((await started()).secret).toBe(third.secret)
  expect(warnings).toEqual([])
})

test('one that cannot be read or saved is no reason not to start', async () => {
  writeFileSync(join(directory, 'ticket-secret.json'), '{"secret":"short"}')
  const rotation = new TicketRotation({ archive: new SecretFile(directory, 'ticket-secret.json'), log })
  await rotation.restore()
  expect(warnings.splice(0)).toEqual([
    'the secret of TLS tickets was not read: clients that come back do full handshakes'
  ])
  const nowhere = new TicketRotation({ archive: new SecretFile(join(directory, 'nowhere'), 'ticket-secret.json'), log })
  await nowhere.restore()
  expect(warnings.splice(0)).toEqual([
    'the secret of TLS tickets was not saved: clients do full handshakes after a restart'
  ])
  expect(nowhere.secret).not.toBe(rotation.secret)
})
