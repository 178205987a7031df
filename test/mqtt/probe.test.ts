// The probe of the mqtt extension: against brokers, and against CONNACKs that brokers of other minds would send.
import { Aedes } from 'aedes'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { parser, type IConnectPacket } from 'mqtt-packet'
import { hex, until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { describeWithMosquitto } from '../support/describe-with.ts'
import { atEnd, TestServer } from '../support/engine-bench.ts'
import { Mosquitto } from '../support/mosquitto.ts'
import { createWeir, type Weir } from 'weirlb'

const monitored = async (servers: readonly { readonly name: string, readonly port: number }[]): Promise<Weir> => {
  const weir = createWeir({
    workers: 0,
    log: { level: 'silent' },
    config: {
      extensions: [{ name: 'mqtt', builtin: 'mqtt', limits: { batchTimeoutMs: 5000 } }],
      services: servers.map(({ name, port }) => ({
        name,
        address: '127.0.0.1',
        port,
        monitors: [{ type: 'extension', extension: 'mqtt', intervalSeconds: 0.05, timeoutSeconds: 2, downAfter: 1 }]
      }))
    }
  })
  atEnd(async () => { await weir.stop({ graceMs: 0 }) })
  await weir.start()
  return weir
}

test('what a CONNACK means, and what is sent for it', async () => {
  const answers = {
    accepted: hex`20 02 00 00`,
    'not-authorized': hex`20 02 00 05`,
    'no-such-version': hex`20 02 00 01`,
    'version-5-refusal': hex`20 03 00 84 00`,
    unavailable: hex`20 02 00 03`,
    busy: hex`20 03 00 89 00`,
    pong: hex`d0 00`,
    short: hex`20 01 00`
  }
  const servers = await Promise.all(
    Object.entries(answers).map(async ([name, answer]) => ({ name, server: await TestServer.listen(() => answer) }))
  )
  const weir = await monitored(servers.map(({ name, server }) => ({ name, port: server.port })))
  const down = {
    unavailable: 'CONNACK code 3',
    busy: 'CONNACK code 137',
    pong: 'its first packet is no CONNACK but begins with 0xd0',
    short: 'the reply is malformed'
  }
  for (const [name, reason] of Object.entries(down)) {
    await until(async () => (await weir.services.status(name)).value === 'down', `${name} to be down`)
    expect((await weir.services.status(name)).reason).toContain(reason)
  }
  await until(() => servers.every(({ server }) => server.received.length > 2), 'three probes of each')
  for (const { name } of servers)
    expect([name, (await weir.services.status(name)).value]).toEqual([name, name in down ? 'down' : 'up'])

  const ids = servers[0]!.server.received.slice(0, 2).map(bytes => {
    const packets: IConnectPacket[] = []
    parser().on('packet', packet => {
      packets.push(packet as IConnectPacket)
    }).parse(bytes)
    expect(packets).toMatchObject([{
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      keepalive: 60
    }])
    expect(packets[0]!.clientId).toMatch(/^weirprobe[a-z0-9]{12}$/)
    return packets[0]!.clientId
  })
  expect(ids[0]).not.toBe(ids[1])
})

test('aedes is up, also when it authorizes nobody', async () => {
  const brokers = await Promise.all([true, false].map(async allowed => {
    const aedes = await Aedes.createBroker({
      authenticate: (_client, _user, _password, done) => {
        done(null, allowed)
      }
    })
    const seen: string[] = []
    aedes.on('clientReady', client => { seen.push(client.id) })
    let refused = 0
    aedes.on('clientError', () => { refused++ })
    const server = createServer(socket => { aedes.handle(socket) })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    atEnd(() => { server.close(); aedes.close() })
    return { name: allowed ? 'open' : 'closed', port: (server.address() as AddressInfo).port, count: () => allowed ? seen.length : refused }
  }))
  const weir = await monitored(brokers)
  await until(() => brokers.every(({ count }) => count() > 2), 'three probes of each')
  expect((await weir.services.statuses()).map(({ status }) => status.value)).toEqual(['up', 'up'])
})

describeWithMosquitto('mosquitto', program => {
  test('is up, down when it is stopped, and up again', async () => {
    const broker = await Mosquitto.start(program, 'one')
    atEnd(async () => { await broker.kill() })
    const weir = await monitored([broker])
    const becomes = async (status: string): Promise<void> => {
      await until(async () => (await weir.services.status('one')).value === status, `it to be ${status}`)
    }
    const transitions: string[] = []
    for (const type of ['service-up', 'service-down'] as const) weir.on(type, () => { transitions.push(type) })
    await broker.kill()
    await becomes('down')
    await broker.up()
    await becomes('up')
    expect(transitions).toEqual(['service-down', 'service-up'])
  })
})
