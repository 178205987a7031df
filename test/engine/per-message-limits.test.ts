// What one client may have at once where its messages are balanced one by one: links, and session keys that it holds.
import { LocalSessionDirectory } from '@weirlb/engine'
import { expect, test } from 'vitest'
import { around, startEngine } from '../support/engine-bench.ts'
import { FakeTransport, turns } from '../support/fake-transport.ts'
import { perMessageProtocol, SERVER_LINES, silentProtocol } from '../support/per-message-protocol.ts'

const SERVICES = Array.from({ length: 70 }, (_, i) => ({ port: i + 1 }))

test('for the 65th service an idle link is closed, and every message arrives once', async () => {
  const transport = new FakeTransport()
  const bench = await startEngine(around(silentProtocol('none'), SERVICES), { transport })
  const client = transport.connect(bench.port())
  const links = []
  for (let n = 0; n < 70; n++) {
    client.gives(`m${n}\n`)
    links.push(transport.dials[n]!.connect())
    await turns(1)
  }
  expect(transport.dials).toHaveLength(70)
  expect(links.map(({ text }) => text)).toEqual(links.map((_, n) => `m${n}\n`))
  expect(links.filter(({ closed }) => closed === undefined)).toHaveLength(64)
  const active = (): number =>
    Object.values(bench.engine.stats().services).reduce((sum, { connections }) => sum + connections, 0)
  expect(active()).toBe(64)
  client.fin()
  await turns()
  expect([active(), bench.log.closed[0]!['reason']]).toEqual([0, 'client-closed'])
})

test.each([
  ['dialled', 'none', false],
  ['asked and have not answered', 'in-order', true]
])('a client whose messages are under way to more than 64 services that are %s is ended', async (_, replies, connects) => {
  const transport = new FakeTransport()
  const bench = await startEngine(around(silentProtocol(replies, connects ? SERVER_LINES : ''), SERVICES), { transport })
  const client = transport.connect(bench.port())
  for (let n = 0; n < 65; n++) {
    client.gives(`m${n}\n`)
    if (connects) transport.dials[n]?.connect()
  }
  await turns()
  expect(bench.log.closed).toMatchObject([{ reason: 'limit' }])
  expect(transport.dials).toHaveLength(64)
  expect(Object.values(bench.engine.stats().services).every(({ connections }) => connections === 0)).toBe(true)
})

test('of the session keys that a client has named it holds 1,024, and none when it is gone', async () => {
  const transport = new FakeTransport()
  const sessions = new LocalSessionDirectory()
  const bench = await startEngine(around(perMessageProtocol('none'), SERVICES.slice(0, 2)), { transport, sessions })
  const client = transport.connect(bench.port())
  const held = (): number => sessions.table.list().filter(({ connections }) => connections > 0).length
  for (let n = 0; n < 11; n++) {
    client.gives(Array.from({ length: 100 }, (_, i) => `session ${100 * n + i}\n`).join(''))
    await turns()
    for (const dial of transport.dials.splice(0)) dial.connect()
  }
  expect([sessions.table.size, held()]).toEqual([1100, 1024])
  // One that was let go is held again by the next message that names it.
  client.gives('session 0\n')
  await turns()
  expect([sessions.table.list({ key: '0' })[0]!.connections, held()]).toEqual([1, 1024])
  client.leave()
  await turns()
  expect([sessions.table.size, held()]).toEqual([1100, 0])
})
