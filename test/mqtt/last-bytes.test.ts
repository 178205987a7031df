// A broker that refuses a client, or sends it away, and closes with more of it unread: that is a reset, and its words
// arrive all the same. So do a device's.
import net from 'node:net'
import tls from 'node:tls'
import { generate, parser, type Packet } from 'mqtt-packet'
import { until } from '@weirlb/testing'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { certificateFor } from '../support/certificate.ts'
import { WeirProcess } from '../support/weir-process.ts'

const TIMES = 30
const VERSIONS = [4, 5] as const
type Version = typeof VERSIONS[number]

const open: net.Socket[] = []
afterEach(() => { for (const raw of open.splice(0)) raw.destroy() })

/** One end of an MQTT connection, with the plain socket under it. */
class End {
  readonly packets: Packet[] = []
  closed = false
  readonly #socket: net.Socket
  readonly #raw: net.Socket
  readonly #version: Version

  constructor (socket: net.Socket, raw: net.Socket, version: Version) {
    this.#socket = socket
    this.#raw = raw
    this.#version = version
    raw.setNoDelay(true)
    const parse = parser({ protocolVersion: version })
    parse.on('packet', packet => { this.packets.push(packet) })
    socket.on('data', chunk => { parse.parse(chunk) })
    socket.on('error', () => {})
    raw.on('error', () => {})
    socket.on('close', () => { this.closed = true })
    open.push(raw)
  }

  send (...packets: readonly Packet[]): void {
    for (const packet of packets) this.#socket.write(generate(packet, { protocolVersion: this.#version }))
  }
  stopReading (): void {
    this.#socket.pause()
  }
  reset (): void {
    this.#raw.resetAndDestroy()
  }
  has (cmd: Packet['cmd']): boolean {
    return this.packets.some(packet => packet.cmd === cmd)
  }
}

/** A broker whose every connection does as the test says. */
class Broker {
  onEnd: ((end: End) => void) | undefined
  version: Version = 4
  readonly #server: net.Server

  constructor (options: tls.TlsOptions | undefined) {
    const raws: net.Socket[] = []
    this.#server = options === undefined ? net.createServer() : tls.createServer(options)
    this.#server.on('connection', (raw: net.Socket) => { raws.push(raw) })
    this.#server.on(options === undefined ? 'connection' : 'secureConnection', (socket: net.Socket) => {
      const raw = raws.find(each => !each.destroyed && each.remotePort === socket.remotePort)!
      this.onEnd?.(new End(socket, raw, this.version))
    })
  }

  async listen (): Promise<number> {
    await new Promise<void>(resolve => { this.#server.listen(0, '127.0.0.1', resolve) })
    return (this.#server.address() as net.AddressInfo).port
  }

  close (): void { this.#server.close() }
}

const connect = (version: Version, i: number): Packet => ({
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: version,
  clientId: `device-${i}`,
  clean: true,
  keepalive: 60
})
const ping: Packet = { cmd: 'pingreq' }
const publish = (payload: string): Packet => ({
  cmd: 'publish',
  topic: 'a/b',
  payload,
  qos: 0,
  dup: false,
  retain: false
})
const connack = (version: Version, code: number): Packet => ({
  cmd: 'connack',
  sessionPresent: false,
  ...(version === 5 ? { reasonCode: code } : { returnCode: code })
})

describe.each(['node', 'auto'])('transport %s', transport => {
  let weir: WeirProcess
  const brokers = { tcp: new Broker(undefined), ssl: undefined as unknown as Broker }
  beforeAll(async () => {
    const pair = await certificateFor('broker.test')
    brokers.ssl = new Broker(pair)
    weir = await WeirProcess.start({ workers: 1, transport })
    const { api } = weir
    await api.call('createExtension', { body: { name: 'mqtt', builtin: 'mqtt', limits: { batchTimeoutMs: 5000 } } })
    await api.call('createCertkey', { body: { name: 'pair', ...pair } })
    for (const kind of ['tcp', 'ssl'] as const) {
      await api.call('createUserProtocol', { body: { name: kind, transport: kind, extension: 'mqtt' } })
      const secure = kind === 'ssl' ? { type: 'USER_SSL_TCP' as const, tls: { verify: false } } : {}
      await api.call('createService', {
        body: { name: kind, address: '127.0.0.1', port: await brokers[kind].listen(), monitors: [], ...secure }
      })
      await api.call('createLbVserver', {
        body: { name: kind, services: [{ name: kind }], ...kind === 'ssl' ? { type: 'USER_SSL_TCP' as const } : {} }
      })
      for (const inspect of ['connect', 'messages']) {
        const certificates = kind === 'ssl' ? { certificates: ['pair'] } : {}
        await api.call('createUserVserver', {
          body: {
            name: `${kind}-${inspect}`,
            protocol: kind,
            address: '127.0.0.1',
            port: 0,
            defaultLb: kind,
            params: { inspect },
            ...certificates
          }
        })
      }
    }
  })
  afterAll(async () => {
    await weir.stop()
    for (const broker of Object.values(brokers)) broker.close()
  })

  describe.each([['tcp', 'connect'], ['tcp', 'messages'], ['ssl', 'connect'], ['ssl', 'messages']] as const)('%s, inspect: %s', (kind, inspect) => {
    /** Clients and their broker's ends, all connected by TCP or TLS and with their CONNECT sent. */
    const farm = async (version: Version, onEnd: (end: End) => void): Promise<{ clients: readonly End[], ends: readonly End[] }> => {
      const ends: End[] = []
      const broker = brokers[kind]
      broker.version = version
      broker.onEnd = end => {
        ends.push(end)
        onEnd(end)
      }
      const port = await weir.api.port(`${kind}-${inspect}`)
      const clients = await Promise.all(Array.from({ length: TIMES }, async (_, i) => {
        const raw = net.connect({ port, host: '127.0.0.1' })
        const socket = kind === 'ssl' ? tls.connect({ socket: raw, rejectUnauthorized: false }) : raw
        await new Promise((resolve, reject) => {
          socket.once(kind === 'ssl' ? 'secureConnect' : 'connect', resolve)
          socket.once('error', reject)
        })
        const client = new End(socket, raw, version)
        client.send(connect(version, i))
        return client
      }))
      await until(() => ends.length === TIMES, 'every client to have its connection to the broker')
      return { clients, ends }
    }
    const accepted = async (version: Version): ReturnType<typeof farm> => {
      const both = await farm(version, () => {})
      await until(() => both.ends.every(end => end.has('connect')), 'every CONNECT')
      for (const end of both.ends) end.send(connack(version, 0))
      await until(() => both.clients.every(client => client.has('connack')), 'every CONNACK')
      return both
    }

    test.each([[4, 5], [5, 0x87]] as const)('MQTT %i: a CONNACK that refuses', async (version, code) => {
      const { clients, ends } = await farm(version, () => {})
      await until(() => ends.every(end => end.has('connect')), 'every CONNECT')
      for (const end of ends) end.stopReading()
      for (const [i, end] of ends.entries()) {
        if (i % 2 === 0) clients[i]!.send(ping, ping)
        end.send(connack(version, code))
        end.reset()
        if (i % 2 === 1) clients[i]!.send(ping, ping)
      }
      const more = setInterval(() => { for (const client of clients) client.send(ping) }, 1)
      onTestFinished(() => { clearInterval(more) })
      await until(() => clients.every(client => client.closed), 'every client to be closed')
      expect(clients.map(({ packets }) => packets[0])).toEqual(clients.map(() => expect.objectContaining(version === 5 ? { cmd: 'connack', reasonCode: code } : { cmd: 'connack', returnCode: code })))
    })

    test('a DISCONNECT while its clients publish', async () => {
      const { clients, ends } = await accepted(5)
      const more = setInterval(() => { for (const client of clients) client.send(publish('more')) }, 1)
      onTestFinished(() => { clearInterval(more) })
      for (const end of ends) {
        end.send({ cmd: 'disconnect', reasonCode: 0x8e })
        end.reset()
      }
      await until(() => clients.every(client => client.closed), 'every client to be closed')
      expect(clients.map(({ packets }) => packets[1])).toEqual(clients.map(() => expect.objectContaining({ cmd: 'disconnect', reasonCode: 0x8e })))
    })

    test('the last PUBLISH of devices that reset', async () => {
      const { clients, ends } = await accepted(4)
      for (const client of clients) {
        client.send(publish('last'))
        client.reset()
      }
      await until(() => ends.every(end => end.closed), 'every connection to the broker to be closed')
      for (const { packets } of ends) expect(packets[1]).toMatchObject({ cmd: 'publish', payload: Buffer.from('last') })
    })

    test('all of that while the worker stood still', async () => {
      const refused = await farm(4, () => {})
      const dismissed = await accepted(5)
      const leaving = await accepted(4)
      await until(() => refused.ends.every(end => end.has('connect')), 'every CONNECT')
      const { workers } = (await weir.api.call('getHealth')).body
      process.kill(workers[0]!.pid, 'SIGSTOP')
      try {
        for (const client of [...refused.clients, ...dismissed.clients]) client.send(publish('early'))
        for (const end of refused.ends) {
          end.send(connack(4, 5))
          end.reset()
        }
        for (const end of dismissed.ends) {
          end.send({ cmd: 'disconnect', reasonCode: 0x8e })
          end.reset()
        }
        for (const client of leaving.clients) {
          client.send(publish('last'))
          client.reset()
        }
        const gone = [...refused.ends, ...dismissed.ends, ...leaving.clients]
        await until(() => gone.every(end => end.closed), 'all of them to have left')
      } finally {
        process.kill(workers[0]!.pid, 'SIGCONT')
      }
      await until(() => [...refused.clients, ...dismissed.clients, ...leaving.ends].every(end => end.closed), 'all of them to be closed')
      expect(refused.clients.filter(({ packets }) => (packets[0] as { returnCode?: number } | undefined)?.returnCode !== 5)).toEqual([])
      expect(dismissed.clients.filter(({ packets }) => (packets[1] as { reasonCode?: number } | undefined)?.reasonCode !== 0x8e)).toEqual([])
      expect(leaving.ends.filter(({ packets }) => packets[1]?.cmd !== 'publish')).toEqual([])
    })
  })
})
