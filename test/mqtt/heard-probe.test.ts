// A monitor that publishes to and hears itself on a topic: a broker that takes clients and delivers nothing is down.
import { Aedes } from 'aedes'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { until } from '@weirlb/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWithMosquitto } from '../support/describe-with.ts'
import { atEnd } from '../support/engine-bench.ts'
import {
  heardMonitor, heardService, monitored, statusBecomes, TOPIC, type Monitor
} from '../support/heard-probe-bench.ts'
import { Mosquitto } from '../support/mosquitto.ts'

let folder: string
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'weir-probe-')) })
afterAll(() => { rmSync(folder, { recursive: true }) })

describeWithMosquitto('mosquitto', program => {
  const start = async (acl?: string): Promise<Mosquitto> => {
    const file = join(folder, `acl-${Math.random()}`)
    if (acl !== undefined) writeFileSync(file, acl)
    // It gives up root, and reads the file afterwards.
    if (acl !== undefined) { chmodSync(file, 0o644); chmodSync(folder, 0o755) }
    const broker = await Mosquitto.start(program, 'one', acl === undefined ? '' : `acl_file ${file}`)
    atEnd(async () => { await broker.kill() })
    return broker
  }

  test('that delivers is up, with each quality of service, among old and other messages', async () => {
    const broker = await start()
    const client = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, { reconnectPeriod: 0 })
    await client.publishAsync(TOPIC, 'an old message', { qos: 1, retain: true })
    await client.endAsync()
    const weir = await monitored([0, 1, 2].map(qos => heardService(
      `qos-${qos}`, broker.port, heardMonitor({ qos }, { timeoutSeconds: 10 })
    )))
    for (const qos of [0, 1, 2]) await statusBecomes(weir, `qos-${qos}`, 'up')
    await broker.kill()
    expect(await statusBecomes(weir, 'qos-0', 'down')).toMatch(/ECONNREFUSED|closed the connection|reset/)
    await broker.up()
    await statusBecomes(weir, 'qos-0', 'up')
  })

  test('that takes clients and drops their messages is down, and says so', async () => {
    const broker = await start('topic read #\n')
    const weir = await monitored([
      heardService('qos-0', broker.port, heardMonitor({})), heardService(
        'qos-1', broker.port, heardMonitor({ qos: 1 })
      ),
      heardService('connects', broker.port, heardMonitor({ topic: '' }))
    ])
    for (const name of ['qos-0', 'qos-1']) expect(await statusBecomes(weir, name, 'down')).toMatch(
      /^the probe of extension 'mqtt': no reply within [\d.]+ s while it awaited its own message on topic 'weir\/health'$/
    )
    await statusBecomes(weir, 'connects', 'up')
  })
})

describe('aedes', () => {
  const SECRET = 'hunter2 und mehr'
  const start = async (): Promise<{ port: number, ids: string[] }> => {
    const ids: string[] = []
    const aedes = await Aedes.createBroker({
      authenticate: (client, user, password, done) => {
        ids.push(client.id)
        done(null, user === 'weir' && password?.toString() === SECRET)
      },
      authorizeSubscribe: (_client, subscription, done) => { done(
        null, subscription.topic === 'weir/unread' ? null : subscription
      ) },
      authorizePublish: (_client, { topic }, done) => {
        done(topic === 'weir/closed' ? new Error('not allowed') : null)
      }
    })
    const server = createServer(socket => { aedes.handle(socket) })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    atEnd(() => { server.close(); aedes.close() })
    return { port: (server.address() as AddressInfo).port, ids }
  }

  test('gets user name, password and client ID; the password stands in its file only', async () => {
    const { port, ids } = await start()
    const file = join(folder, 'password')
    writeFileSync(file, 'wrong\nsecond line')
    const weir = await monitored([
      heardService('known', port, heardMonitor(
        { userName: 'weir', clientId: 'weir-monitor', qos: 1 }, { timeoutSeconds: 10, secretFiles: { password: file } }
      )),
      heardService(
        'closed', port, heardMonitor({ userName: 'weir', topic: 'weir/closed' }, { secretFiles: { password: file } })
      ),
      heardService(
        'unread', port, heardMonitor({ userName: 'weir', topic: 'weir/unread' }, { secretFiles: { password: file } })
      ),
      heardService(
        'absent', port, heardMonitor({ userName: 'weir' }, { secretFiles: { password: join(folder, 'nothing') } })
      )
    ])
    expect(await statusBecomes(weir, 'known', 'down')).toContain(
      'CONNACK code 5, so topic \'weir/health\' cannot be tried'
    )
    expect(await statusBecomes(weir, 'absent', 'down')).toBe(
      `secretFiles.password cannot be read: '${join(folder, 'nothing')}' (ENOENT)`
    )
    // A file that changes is read again.
    writeFileSync(file, `${SECRET}\nsecond line`)
    await statusBecomes(weir, 'known', 'up')
    expect(ids).toContain('weir-monitor')
    await until(
      async () => (await weir.services.status('closed')).reason?.includes('its own message'),
      'the reason of the closed topic'
    )
    expect((await weir.services.status('closed')).reason).toMatch(
      /before (its|the server's) reply while it awaited its own message on topic 'weir\/closed'$/
    )
    await until(
      async () => (await weir.services.status('unread')).reason?.includes(
        "the subscription to topic 'weir/unread' is refused: 9003000180"
      ),
      'the reason of the refused subscription'
    )
    expect(JSON.stringify([await weir.config.get(), await weir.services.health('known')])).not.toContain(SECRET)
  })

  test.each([
    [
      'a relative path', { secretFiles: { password: 'password' } }, 'secretFiles.password',
      'expected the absolute path of a file'
    ],
    [
      'too many secrets', { secretFiles: Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map(name => [name, '/x'])) },
      'secretFiles', expect.stringContaining('expected at most 4 secrets') as string
    ]
  ])('with %s is refused by its form', async (_what, wrong, field, message) => {
    const weir = await monitored([])
    await expect(weir.monitors.create({
      name: 'm', type: 'extension', extension: 'mqtt', ...wrong
    } as never)).rejects.toMatchObject({ code: 'config-invalid', issues: [{ path: field, message }] })
  })

  test('a secret file that is none, is too long or has control characters is told without its contents', async () => {
    const { port } = await start()
    const long = join(folder, 'long')
    const binary = join(folder, 'binary')
    writeFileSync(long, 'x'.repeat(4097))
    writeFileSync(binary, 'a\0b')
    const weir = await monitored(Object.entries({ folder, long, binary }).map(([name, password]) => heardService(
      name, port, heardMonitor({}, { secretFiles: { password } })
    )))
    expect(await statusBecomes(weir, 'folder', 'down')).toBe(
      `secretFiles.password cannot be read: '${folder}' (it is not a file)`
    )
    expect(await statusBecomes(weir, 'long', 'down')).toBe(
      `secretFiles.password cannot be read: '${long}' (its first line has more than 4096 bytes)`
    )
    expect(await statusBecomes(weir, 'binary', 'down')).toBe(
      `secretFiles.password cannot be read: '${binary}' (its first line has control characters)`
    )
  })

  test.each([
    [
      'a topic with a wildcard', { params: { topic: 'weir/#' } }, 'params.topic',
      'expected a topic without + and # [MQTT-3.3.2-2], got "weir/#"'
    ],
    [
      'an unknown parameter', { params: { password: 'p' } }, 'params.password',
      'unknown parameter; there are: topic, qos, clientId, userName'
    ],
    ['a quality of service', { params: { qos: 3 } }, 'params.qos', 'expected a whole number from 0 to 2, got 3'],
    [
      'an unknown secret', { secretFiles: { pin: '/etc/pin' } }, 'secretFiles.pin',
      'the probe of extension \'mqtt\' has no secret \'pin\'; there are: password'
    ]
  ])('with %s is refused', async (_what, wrong, field, message) => {
    const weir = await monitored([])
    const { revision } = await weir.health()
    await expect(weir.services.create({
      ...heardService('s', 1), monitors: [{ type: 'extension', extension: 'mqtt', ...wrong }] as Monitor[]
    }))
      .rejects.toMatchObject({ code: 'params-invalid', issues: [{ path: `monitors[0].${field}`, message }] })
    await expect(weir.monitors.create({
      name: 'm', type: 'extension', extension: 'mqtt', ...wrong
    } as never)).rejects.toMatchObject({ code: 'params-invalid', issues: [{ path: field, message }] })
    expect((await weir.health()).revision).toBe(revision)
  })
})
