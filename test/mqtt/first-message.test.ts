// Clients that never finish their CONNECT.
import { until } from '@weirlb/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { MqttSocket } from '../support/mqtt-socket.ts'
import { WeirProcess } from '../support/weir-process.ts'

const TIMEOUT_MS = 400

let weir: WeirProcess
let port: number
beforeAll(async () => {
  weir = await WeirProcess.start({ workers: 1 })
  const { api } = weir
  await api.call('createExtension', { body: { name: 'mqtt', builtin: 'mqtt' } })
  await api.call('createUserProtocol', { body: { name: 'MQTT', transport: 'tcp', extension: 'mqtt' } })
  await api.call('createService', { body: { name: 's', address: '127.0.0.1', port: await freePort(), monitors: [] } })
  await api.call('createLbVserver', { body: { name: 'lb', services: [{ name: 's' }] } })
  await api.call('createUserVserver', {
    body: {
      name: 'v',
      protocol: 'MQTT',
      address: '127.0.0.1',
      port: 0,
      defaultLb: 'lb',
      limits: { firstMessageTimeoutSeconds: TIMEOUT_MS / 1000 }
    }
  })
  port = await api.port('v')
})
afterAll(async () => { await weir.stop() })

test.each([['says nothing', ''], ['sends a byte now and then', '10640004']])('one that %s is closed at the deadline, which no byte moves', async (_, start) => {
  const seen = weir.log.length
  const socket = new MqttSocket(port)
  await socket.send(Buffer.from(start, 'hex'))
  const drip = start === '' ? undefined : setInterval(() => { void socket.send(Buffer.of(0)).catch(() => {}) }, TIMEOUT_MS / 10)
  await socket.isClosed()
  clearInterval(drip)
  const line = await until(() => weir.log.slice(seen).find(l => l.msg === 'connection closed'), 'the log line')
  expect(line).toMatchObject({ reason: 'first-message-timeout', userVserver: 'v' })
  expect(Number(line['durationMs'])).toBeGreaterThanOrEqual(TIMEOUT_MS - 60)
  // Long before its CONNECT of 102 bytes was whole.
  expect(Number(line['bytesIn'])).toBeLessThan(80)
  const { services } = (await weir.api.call('getStats')).body
  expect(services['s']!.dialled).toBe(0)
})
