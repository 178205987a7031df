// Two thousand services, half of them gone: every state is right within two intervals, and no turn of the event loop is
// long.
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { HealthBoard } from '@weirlb/health'
import { parseConfig } from '@weirlb/model'
import { TIME_SCALE, until } from '@weirlb/link/testing'
import { expect, test } from 'vitest'
import { atEnd } from '../support/at-end.ts'
import { noProbes, transport } from './monitor-bench.ts'

const SERVICES = 2000
const INTERVAL_SECONDS = 5

test('2,000 services cost no burst', async () => {
  const server = createServer(socket => { socket.on('error', () => {}).resume().end() })
  await once(server.listen(0, '0.0.0.0'), 'listening')
  const { port } = server.address() as AddressInfo
  const config = parseConfig({
    monitors: [{ name: 'm', type: 'tcp', intervalSeconds: INTERVAL_SECONDS, downAfter: 1 }],
    services: Array.from(
      { length: SERVICES },
      (_, i) => ({
        name: `s${i}`,
        address: `127.0.${1 + (i >> 8)}.${i & 255}`,
        port: i % 2 === 0 ? port : 1,
        monitors: [{ type: 'named', name: 'm' }]
      })
    )
  })
  const board = new HealthBoard({ transport, probes: noProbes, onHealth: () => {}, onChange: () => {} })
  // CPU time of the turns: on a busy machine the others' time is in the wall's.
  let longest = 0
  let last = process.threadCpuUsage()
  let looking = true
  const look = (): void => {
    const now = process.threadCpuUsage()
    longest = Math.max(longest, (now.user + now.system - last.user - last.system) / 1000)
    last = now
    if (looking) setTimeout(look, 0)
  }
  atEnd(() => {
    looking = false
    board.stop()
    server.close()
  })
  const begun = performance.now()
  board.apply(config, [])
  await new Promise(resolve => setImmediate(resolve))
  last = process.threadCpuUsage()
  look()
  await until(
    () => config.services.every(({ name }, i) => board.status(name).health === (i % 2 === 0 ? 'up' : 'down')),
    'every state to be right'
  )
  expect(performance.now() - begun).toBeLessThan(2 * INTERVAL_SECONDS * 1000 * TIME_SCALE)
  expect(longest).toBeLessThan(20 * Math.min(TIME_SCALE, 4))
  expect(board.probing).toBeLessThanOrEqual(256)
})
