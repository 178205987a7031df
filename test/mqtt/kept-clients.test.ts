// A probe that fails says where new clients should go. It does not say that the clients of the server are lost.
import { connectAsync, type MqttClient } from 'mqtt'
import { until } from '@weirlb/testing'
import { createWeir, type Weir } from 'weirlb'
import { expect, test } from 'vitest'
import { describeWithMosquitto } from '../support/describe-with.ts'
import { atEnd } from '../support/engine-bench.ts'
import { Mosquitto } from '../support/mosquitto.ts'

const CLIENTS = 5
const probes = [{
  type: 'extension',
  extension: 'mqtt',
  intervalSeconds: 0.1,
  timeoutSeconds: 0.5,
  downAfter: 2
}] as const

interface Farm {
  readonly weir: Weir
  readonly broker: Mosquitto
  readonly clients: MqttClient[]
  /** Connects one client more. */
  another (): Promise<MqttClient>
  becomes (status: string): Promise<void>
  /** Every client says something to itself and hears it. */
  allAreServed (): Promise<void>
}

/** A broker behind Weir, with clients, all of which subscribe to their own names. */
const farm = async (
  program: string,
  settings: string,
  lb: object,
  inspect: string,
  monitors: readonly (typeof probes)[number][] = probes,
  params = {}
): Promise<Farm> => {
  const broker = await Mosquitto.start(program, 'one', settings)
  atEnd(async () => { broker.thaw(); await broker.kill() })
  const weir = createWeir({
    workers: 1,
    log: { level: 'silent' },
    config: {
      extensions: [{ name: 'mqtt', builtin: 'mqtt', limits: { batchTimeoutMs: 5000 } }],
      userProtocols: [{ name: 'MQTT', transport: 'tcp', extension: 'mqtt' }],
      services: [{ name: 'one', address: '127.0.0.1', port: broker.port, monitors: [...monitors] }],
      lbVservers: [{ name: 'lb', services: [{ name: 'one' }], ...lb }],
      userVservers: [{
        name: 'v',
        protocol: 'MQTT',
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'lb',
        params: { inspect, ...params }
      }]
    }
  })
  atEnd(async () => { await weir.stop({ graceMs: 0 }) })
  await weir.start()
  const { port } = (await weir.userVservers.status('v')).listening!
  const another = async (): Promise<MqttClient> => {
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, protocolVersion: 5 }, false)
    atEnd(() => { client.end(true) })
    await client.subscribeAsync(client.options.clientId!)
    return client
  }
  const becomes = async (status: string): Promise<void> => {
    await until(async () => (await weir.services.status('one')).value === status, `the service to be ${status}`)
  }
  const clients: MqttClient[] = []
  for (let i = 0; i < CLIENTS; i++) clients.push(await another())
  const allAreServed = async (): Promise<void> => {
    await Promise.all(clients.map(async client => {
      const heard = new Promise<string>((resolve, reject) => {
        client.once('message', (_topic, payload) => { resolve(payload.toString()) })
        client.once('close', () => { reject(new Error('closed')) })
      })
      await Promise.all([client.publishAsync(client.options.clientId!, 'hello', { qos: 1 }), heard])
    }))
  }
  return { weir, broker, clients, another, becomes, allAreServed }
}

describeWithMosquitto('a broker whose probe fails', program => {
  test.each(['connect', 'messages'])('keeps its clients at its limit of connections, inspecting %s', async inspect => {
    const { weir, clients, another, becomes, allAreServed } = await farm(
      program,
      `max_connections ${CLIENTS}`,
      {},
      inspect,
      []
    )
    // Versions of mosquitto count differently: its limit is where it refuses.
    const more: MqttClient[] = []
    while (await another().then(client => more.push(client), () => 0) > 0) expect(more.length).toBeLessThan(10)
    await weir.services.patch('one', { monitors: probes })
    await becomes('down')
    expect((await weir.services.status('one')).reason).toMatch(
      /^the probe of extension 'mqtt': .*(closed|reset|ECONNRESET|EPIPE)/
    )
    await allAreServed()
    await expect(another()).rejects.toThrow()
    expect([...clients, ...more].every(client => client.connected)).toBe(true)
    await clients.pop()!.endAsync()
    await becomes('up')
    await allAreServed()
    expect((await weir.stats()).userVservers['v']!.closed['service-down']).toBeUndefined()
  })

  test('keeps its clients while it is frozen', async () => {
    const { weir, broker, clients, another, becomes, allAreServed } = await farm(
      program,
      '',
      { onDown: 'keep' },
      'connect'
    )
    await becomes('up')
    broker.freeze()
    await becomes('down')
    expect((await weir.services.status('one')).reason).toBe("the probe of extension 'mqtt': no reply within 0.5 s")
    await expect(another()).rejects.toThrow()
    broker.thaw()
    await becomes('up')
    await allAreServed()
    expect(clients.every(client => client.connected)).toBe(true)
    expect((await weir.stats()).userVservers['v']).toMatchObject({ connections: CLIENTS })
  })

  test('loses them where its operator wants that', async () => {
    const { broker, clients, weir } = await farm(program, '', { onDown: 'close' }, 'connect', probes, {
      temporaryEnd: 'goodbye'
    })
    const reasons = clients.map(async client =>
      await new Promise(resolve => {
        client.once('disconnect', ({ reasonCode }) => {
          resolve(reasonCode)
        })
      })
    )
    broker.freeze()
    expect(await Promise.all(reasons)).toEqual(clients.map(() => 0x8b))
    await until(
      async () => (await weir.stats()).userVservers['v']!.closed['service-down'] === CLIENTS,
      'all to be closed'
    )
  })
})
