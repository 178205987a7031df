// Two thousand services, half of them gone: every state is right, and no turn of the event loop begins many probes.
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { HealthBoard } from '@weirlb/health'
import type { Transport } from '@weirlb/link'
import { parseConfig } from '@weirlb/model'
import { until } from '@weirlb/link/testing'
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
  let [most, begun, looking] = [0, 0, true]
  const counted: Transport = {
    listen: transport.listen,
    dial (options, sink) {
      begun++
      return transport.dial(options, sink)
    }
  }
  const board = new HealthBoard({ transport: counted, probes: noProbes, onHealth: () => {}, onChange: () => {} })
  const look = (): void => {
    most = Math.max(most, begun)
    begun = 0
    if (looking) setImmediate(look)
  }
  atEnd(() => {
    looking = false
    board.stop()
    server.close()
  })
  look()
  board.apply(config, [])
  await until(
    () => config.services.every(({ name }, i) => board.status(name).health === (i % 2 === 0 ? 'up' : 'down')),
    'every state to be right'
  )
  // Eight begin for each turn, of which two may follow each other between two looks.
  expect(most).toBeGreaterThan(0)
  expect(most).toBeLessThanOrEqual(16)
  expect(board.probing).toBeLessThanOrEqual(256)
})
