// A broker that refuses clients for a reason of its own is found out by its CONNACKs, in both modes.
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { generate } from 'mqtt-packet'
import { until } from '@weirlb/testing'
import { createWeir, type Weir } from 'weirlb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MqttSocket } from '../support/mqtt-socket.ts'

const answers = [
  { name: 'unavailable', version: 4, code: 3, counted: true },
  { name: 'unavailable-5', version: 5, code: 0x88, counted: true },
  { name: 'busy', version: 5, code: 0x89, counted: true },
  { name: 'bad-user-name', version: 4, code: 4, counted: false },
  { name: 'not-authorized', version: 5, code: 0x87, counted: false }
] as const
const cases = answers.flatMap(answer =>
  (['connect', 'messages'] as const).map(inspect => ({ ...answer, name: `${answer.name}-${inspect}`, inspect }))
)

const open = new Set<Socket>()
/** A broker that answers every CONNECT with one CONNACK. */
const broker = createServer(socket => {
  open.add(socket)
  socket.on('error', () => {}).once('data', bytes => {
    const version = bytes[8] === 5 ? 5 : 4
    const code = answers[Number(/code(\d)/.exec(bytes.toString('latin1'))![1])]!.code
    socket.end(
      generate({
        cmd: 'connack',
        sessionPresent: false,
        ...(version === 5 ? { reasonCode: code } : { returnCode: code })
      }, { protocolVersion: version })
    )
  })
})
let weir: Weir

beforeAll(async () => {
  await once(broker.listen(0, '127.0.0.1'), 'listening')
  const { port } = broker.address() as AddressInfo
  weir = createWeir({
    workers: 0,
    log: { level: 'silent' },
    config: {
      extensions: [{ name: 'mqtt', builtin: 'mqtt' }],
      userProtocols: [{ name: 'MQTT', transport: 'tcp', extension: 'mqtt' }],
      services: cases.map(({ name }) => ({
        name,
        address: '127.0.0.1',
        port,
        monitors: [{ type: 'passive', counts: ['refused'], failures: 2, windowSeconds: 3600, downSeconds: 3600 }]
      })),
      lbVservers: cases.map(({ name }) => ({ name, services: [{ name }] })),
      userVservers: cases.map(({ name, inspect }) => ({
        name,
        protocol: 'MQTT',
        address: '127.0.0.1',
        port: 0,
        defaultLb: name,
        params: { inspect, countRefusals: true }
      }))
    }
  })
  await weir.start()
})

afterAll(async () => {
  await weir.stop({ graceMs: 0 })
  broker.close()
  for (const socket of open) socket.destroy()
})

test.each(cases)('$name', async ({ name, version, code, counted }) => {
  const { port } = (await weir.userVservers.status(name)).listening!
  const which = answers.findIndex(answer => answer.code === code)
  for (let i = 0; i < 2; i++) {
    const client = new MqttSocket(port, version)
    await client.send(
      generate({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: version,
        clientId: `code${which}`,
        clean: true,
        keepalive: 60
      })
    )
    expect(await client.packet('connack')).toMatchObject(version === 5 ? { reasonCode: code } : { returnCode: code })
    await client.isClosed()
  }
  if (counted) await until(async () => (await weir.services.status(name)).value === 'down', 'the service to be down')
  expect((await weir.stats()).services[name]!.refused).toBe(counted ? 2 : 0)
  expect(await weir.services.status(name)).toMatchObject(
    counted
      ? { value: 'down', reason: `2 failures within 3600 s of clients, the last refused: CONNACK code ${code}` }
      : { value: 'up' }
  )
})
