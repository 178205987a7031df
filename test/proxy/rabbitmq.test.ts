// RabbitMQ behind Weir, one for all of its tests. Its PROXY protocol takes a header in one segment only, and neither
// UNKNOWN nor LOCAL; its WebSockets name every sub-protocol that was offered. STOMP is a protocol that is in no page:
// written with the guides alone, for a client from npm.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import stompit, { type StompClient } from 'stompit'
import { until } from '@weirlb/testing'
import { beforeAll, expect, test } from 'vitest'
import { atEnd } from '../support/at-end.ts'
import { tunnelProtocol } from '../support/client-info-protocol.ts'
import { describeWithRabbitmq } from '../support/describe-with.ts'
import { around, startEngine, TestClient } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { heardMonitor, heardService, monitored, statusBecomes } from '../support/heard-probe-bench.ts'
import { Newcomer } from '../support/newcomer.ts'
import { startRabbitmq } from '../support/rabbitmq.ts'
import { namesOne } from '../support/subprotocols.ts'

/** What a client of AMQP 0-9-1 says first. */
const AMQP = Buffer.from('AMQP\0\0\x09\x01', 'latin1')

const headers = { host: '/', login: 'guest', passcode: 'guest', 'heart-beat': '0,0' }
const connect = async (port: number, connectHeaders: Readonly<Record<string, string>> = headers): Promise<StompClient> => await new Promise((resolve, reject) => {
  stompit.connect({ host: '127.0.0.1', port, connectHeaders }, (error, client) => { if (error === null) resolve(client); else reject(error) })
})

describeWithRabbitmq('RabbitMQ', (rabbitmq, epmd) => {
  let ports: { readonly amqp: number, readonly mqtt: number, readonly webMqtt: number, readonly stomp: number }
  let output: () => string
  beforeAll(async () => {
    ports = { amqp: await freePort(), mqtt: await freePort(), webMqtt: await freePort(), stomp: await freePort() }
    const settings = `listeners.tcp.1 = 127.0.0.1:${ports.amqp}
proxy_protocol = true
mqtt.listeners.tcp.1 = 127.0.0.1:${ports.mqtt}
web_mqtt.tcp.ip = 127.0.0.1
web_mqtt.tcp.port = ${ports.webMqtt}
stomp.listeners.tcp.1 = 127.0.0.1:${ports.stomp}
`
    output = (await startRabbitmq(rabbitmq, epmd, settings, 'rabbitmq_mqtt,rabbitmq_web_mqtt,rabbitmq_stomp')).output
  })

  test('sees clients and where they connected to, with headers of either version', async () => {
    const port = ports.amqp
    for (const version of ['v1', 'v2'] as const) {
      const services = [{ name: 's1', address: '127.0.0.1', port, proxyProtocol: version }]
      const bench = await startEngine({ ...around(tunnelProtocol, [{ port }]), services })
      const client = new TestClient(bench.port(), { from: '127.0.0.9' })
      client.socket.write(AMQP)
      // Connection.Start.
      await until(() => client.received.length > 200 && client.text.includes('RabbitMQ'), 'the answer')
      const seen = `(127.0.0.9:${client.socket.localPort} -> 127.0.0.1:${bench.port()})`
      await until(() => output().includes(seen), 'the client in the log')
      client.socket.destroy()
    }
    expect(output()).not.toContain('unrecognized proxy')
  })

  test('is offered one sub-protocol and names one to clients, though it names every one that it was offered', async () => {
    await namesOne(ports.webMqtt, '/ws')
  })

  test('is up with its guest, and down for a stranger, to a monitor that publishes to itself', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-probe-'))
    atEnd(() => { rmSync(folder, { recursive: true }) })
    const [right, wrong] = [join(folder, 'guest'), join(folder, 'stranger')]
    writeFileSync(right, 'guest\n')
    writeFileSync(wrong, 'stranger\n')
    const monitor = (more: object, password: string) =>
      heardMonitor({ userName: 'guest', ...more }, { timeoutSeconds: 10, secretFiles: { password } })
    const weir = await monitored([
      heardService('guest', ports.mqtt, monitor({ qos: 1 }, right)),
      heardService('stranger', ports.mqtt, monitor({}, wrong))
    ])
    await statusBecomes(weir, 'guest', 'up')
    expect(await statusBecomes(weir, 'stranger', 'down')).toMatch(
      /CONNACK code [45], so topic 'weir\/health' cannot be tried/
    )
  })

  test('STOMP by an author who has read the guides goes to the server of its login, carries any message, and refuses', async () => {
    const newcomer = await Newcomer.begin()
    await newcomer.writes('stomp.ts', readFileSync(new URL('../author/fixtures/stomp.ts', import.meta.url), 'utf8'))
    expect(await newcomer.runs('validate', 'stomp.ts')).toMatchObject({ status: 0, out: "valid: 'stomp', balance 'per-connection', client frames (delimiter), server frames (delimiter)\n" })
    await newcomer.pushes('stomp.ts', 'stomp')
    const port = await newcomer.serves('stomp', [ports.stomp])

    const client = await connect(port)
    // A body holds any byte and is longer than the frames that the extension sees.
    const body = `\0${'x'.repeat(100_000)}\0`
    const delivered = new Promise<Readable>((resolve, reject) => {
      client.subscribe({ destination: '/queue/walk' }, (error, message) => { if (error === null) resolve(message); else reject(error) })
    })
    client.send({ destination: '/queue/walk', 'content-length': String(body.length) }).end(body)
    expect(await text(await delivered)).toBe(body)
    const { api } = newcomer.weir
    expect((await api.call('listConnections', {})).body.items).toMatchObject([{
      session: 'guest',
      fields: { 'stomp.login': 'guest' }
    }])
    await new Promise(resolve => {
      client.disconnect(resolve)
    })

    await expect(connect(port, { host: '/' })).rejects.toThrow('login needed')
    const stranger = new TestClient(port)
    stranger.socket.write('GET / HTTP/1.1\r\n\r\n\0')
    await stranger.closes()
    expect(stranger.text).toBe('ERROR\nmessage:connect first\n\n\0')
  })
})
