// The commands of the operator's article, as they are printed; real brokers, and a real client over TCP and TLS.
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectAsync, type IClientOptions } from 'mqtt'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '@weirlb/testing'
import { certificateFor, type Certificate } from '../support/certificate.ts'
import { describeWithMosquitto } from '../support/describe-with.ts'
import { freePort } from '../support/free-port.ts'
import { loopbackAddress } from '../support/loopback-address.ts'
import { Mosquitto, NAME_TOPIC } from '../support/mosquitto.ts'
import { mayListenOn } from '../support/privileged-port.ts'
import { weirCommand, type Ran } from '../support/weir-command.ts'
import { WeirProcess } from '../support/weir-process.ts'

/** What `--json` prints. */
interface ExecJson { readonly results: readonly { readonly data: unknown }[] }

/** What `show` prints of the time of the last change. */
const SINCE = '\tLast state change was at 20[^\n]+Z\n\tTime since last state change: 0 days, 00:[0-9:]+\n'
const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/netscaler/${name}`, import.meta.url))

describeWithMosquitto('the commands of the article', mosquitto => {
  const addresses = {
    MQTT_VIP: loopbackAddress(0),
    MQTT_BROKER_1: loopbackAddress(1),
    MQTT_BROKER_2: loopbackAddress(2)
  }
  const fills: Readonly<Record<string, string>> = { ...addresses, CERT_KEYNAME: 'mqtt_cert' }
  let ports: { plain: number, tls: number }
  let folder: string
  let certificate: Certificate
  let brokers: readonly Mosquitto[]
  let weir: WeirProcess
  let ran: Ran

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weir-article-'))
    certificate = await certificateFor('mqtt.test')
    await Promise.all([
      writeFile(join(folder, 'server.cert'), certificate.cert),
      writeFile(join(folder, 'server.key'), certificate.key),
      copyFile(fixture('mqtt.ts'), join(folder, 'mqtt.ts'))
    ])
    // A user who may not take the ports of the article gets others.
    ports = await mayListenOn(80, addresses.MQTT_VIP)
      ? { plain: 80, tls: 443 }
      : { plain: await freePort(), tls: await freePort() }
    await writeFile(
      join(folder, 'mqtt.ts'),
      (await readFile(fixture('mqtt.ts'), 'utf8')).replace(
        '../../../',
        fileURLToPath(new URL('../../', import.meta.url))
      )
    )
    const printed = await readFile(fixture('article.conf'), 'utf8')
    const commands = printed.replaceAll(/<(\w+)>/g, (_, name: string) => fills[name]!).replace(
      / (80|443) -defaultlb/g,
      (_, port) => ` ${port === '80' ? ports.plain : ports.tls} -defaultlb`
    )
    await writeFile(join(folder, 'article.conf'), commands)
    brokers = await Promise.all(
      [1, 2].map(async i =>
        await Mosquitto.start(mosquitto, `broker-${i}`, `listener 1883 ${fills[`MQTT_BROKER_${i}`]!}`)
      )
    )
    weir = await WeirProcess.start({ workers: 2 })
    const certkey = await weirCommand([
      'exec',
      '--api',
      weir.api.base,
      'add SSL certKey mqtt_cert -cert server.cert -key server.key'
    ], { cwd: folder })
    expect(certkey).toEqual({ status: 0, out: '', err: '1 command done, revision 1\n' })
    ran = await weirCommand(['exec', '--api', weir.api.base, '-f', 'article.conf'], { cwd: folder })
  })
  afterAll(async () => {
    await weir.stop()
    await Promise.all(brokers.map(async broker => { await broker.kill() }))
    await rm(folder, { recursive: true })
  })

  const askName = async (options: IClientOptions): Promise<string> => {
    const client = await connectAsync(`${options.protocol}://${addresses.MQTT_VIP}:${options.port}`, {
      reconnectPeriod: 0,
      ...options
    }, false)
    const name = new Promise<string>((resolve, reject) => {
      client.once('message', (_topic, payload) => { resolve(payload.toString()) })
      client.once('close', () => { reject(new Error('closed before the name came')) })
    })
    name.catch(() => {})
    await client.subscribeAsync(NAME_TOPIC)
    const answer = await name
    await client.endAsync()
    return answer
  }

  test('run as printed, as one revision', () => {
    expect(ran).toEqual({ status: 0, out: '', err: '11 commands done, revision 2\n' })
  })

  test('make a front end for MQTT over TCP and over TLS that balances over both brokers', async () => {
    for (const vserver of ['user-vservers/u_vserver_mqtt', 'user-vservers/u_vserver_mqtt_ssl'] as const)
      await until(async () => await weir.api.status(vserver) === 'up', vserver)
    for (const service of ['services/lb_service_mqtt1', 'services/lb_service_mqtt2'] as const)
      await until(async () => await weir.api.status(service) === 'up', service)
    const reached = new Set<string>()
    for (let i = 0; i < 4; i++) {
      reached.add(await askName({ protocol: 'mqtt', port: ports.plain, clientId: `plain-${i}` }))
      reached.add(
        await askName({
          protocol: 'mqtts',
          port: ports.tls,
          clientId: `tls-${i}`,
          servername: 'mqtt.test',
          ca: certificate.cert
        })
      )
    }
    expect(reached).toEqual(new Set(['broker-1', 'broker-2']))
  })

  test('are checked as the article checks them, from live data', async () => {
    const run = async (...args: readonly string[]): Promise<Ran> =>
      await weirCommand(['exec', '--api', weir.api.base, ...args], { cwd: folder })
    expect(await run('set lb vs lb_vserver_MQTT -persistenceType USERSESSION -timeout 5')).toMatchObject({ status: 0 })
    const clients = await Promise.all(
      ['meter-1', 'meter-2'].map(async clientId =>
        await connectAsync(`mqtt://${addresses.MQTT_VIP}:${ports.plain}`, { clientId, reconnectPeriod: 0 }, false)
      )
    )
    await copyFile(fixture('checks.conf'), join(folder, 'checks.conf'))
    const { status, out, err } = await run('-f', 'checks.conf')
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out).toMatch(
      new RegExp(
        `1\\)\tName: mqtt_code\tType: Extension\tSrc: imported\n\tState: UP\n${SINCE}\tTrace: off\n\tHits: [1-9]\\d*\tUndef hits: 0\tHalt count: 0\n`
      )
    )
    expect(out).toContain(
      '1)\tName: MQTT\tTransport: TCP\tExtension: mqtt_code\n2)\tName: MQTT_SSL\tTransport: SSL\tExtension: mqtt_code\n'
    )
    expect(out).toMatch(/^SRCIP +SRCPORT +DSTIP +DSTPORT +SVCTYPE +IDLTIME +STATE +SVCNAME +SESSION$/m)
    for (const id of ['meter-1', 'meter-2']) {
      expect(out).toMatch(new RegExp(`^127[.0-9]+ +\\d+ +${addresses.MQTT_VIP} +${ports.plain} +USER_TCP +\\d+ +ESTABLISHED +lb_service_mqtt[12] +${id}$`, 'm'))
      expect(out).toMatch(new RegExp(`^USERSESSION +lb_vserver_MQTT +lb_service_mqtt[12] +- +1 +${id}$`, 'm'))
    }
    expect(out).toMatch(new RegExp(`\tlb_vserver_MQTT \\(\\*:0\\) - USER_TCP\tType: ADDRESS\n\tState: UP\n${SINCE}`))
    expect(out).toContain('No. of Bound Services: 2 (Total)\t2 (Active)\tHealth: 100%\n')
    expect(out).toContain('Persistence: USERSESSION\tPersistence Timeout: 5 min\tEntries: 2\n')
    for (const i of [1, 2])
      expect(out).toContain(
        `${i})\tlb_service_mqtt${i} (${fills[`MQTT_BROKER_${i}`]!}:1883) - USER_TCP State: UP\tWeight: 1\n`
      )
    expect(out).toMatch(
      new RegExp(
        `\\tu_vserver_mqtt \\(${addresses.MQTT_VIP}:${ports.plain}\\) - MQTT\\n\\tState: UP\\n${SINCE}\\tDefault LB: lb_vserver_MQTT\\n\\tHits: [1-9]\\d*\\tCurrent connections: 2\\tEstablished: 2\\n`
      )
    )

    const filtered = await run(
      '--json',
      'sh connectiontable "CONNECTION.LB_VSERVER.NAME.EQ(\\"lb_vserver_MQTT\\") && CONNECTION.SESSION.ENDSWITH(2)"'
    )
    expect((JSON.parse(filtered.out) as ExecJson).results[0]!.data).toMatchObject({
      items: [{ session: 'meter-2', phase: 'tunnel' }],
      truncated: false
    })
    // As a NetScaler's documentation prints filters, without quotes around them.
    const unquoted = await run(
      '--json',
      'sh connectiontable CONNECTION.LB_VSERVER.NAME.EQ("lb_vserver_MQTT") && CONNECTION.IDLETIME.LT(100) -limit 1'
    )
    expect((JSON.parse(unquoted.out) as ExecJson).results[0]!.data).toMatchObject({
      items: [{ phase: 'tunnel' }],
      truncated: true
    })
    const idle = await run(
      '--json',
      'sh connectiontable CONNECTION.LB_VSERVER.NAME.EQ("lb_vserver_MQTT") && CONNECTION.IDLETIME.GT(100)'
    )
    expect((JSON.parse(idle.out) as ExecJson).results[0]!.data).toMatchObject({ items: [], truncated: false })
    const refused = await run('--json', 'sh connectiontable CONNECTION.IDLETIM.GT(100)')
    expect({ status: refused.status, err: refused.err, ...JSON.parse(refused.out) as object }).toMatchObject({ status: 1, err: '', error: { code: 'command-invalid', issues: [{ path: 'commands', line: 1, column: 20, message: expect.stringContaining("did you mean 'IDLETIME'") as string }] } })
    const stat = await run('--json', 'stat user vs u_vserver_mqtt', 'stat lb vs', 'count service')
    expect((JSON.parse(stat.out) as ExecJson).results.map(({ data }) => data)).toMatchObject([
      { name: 'u_vserver_mqtt', State: 'UP', Health: 100, ClntConn: 2 },
      [{ name: 'lb_vserver_MQTT', actSvcs: 2, Sessions: 2 }],
      { count: 2 }
    ])
    const twice = await run('stat user vs u_vserver_mqtt -ntimes 2 -interval 0.3')
    expect(twice.out.match(/^Vserver hits/gm)).toHaveLength(2)
    expect(twice.out).toMatch(/^Vserver hits +0\.0 +[1-9]\d*$/m)

    expect(await run('clear persistentSessions lb_vserver_MQTT -persistenceParameter meter-1')).toMatchObject({
      out: '1 entry cleared\n'
    })
    await Promise.all(clients.map(async client => {
      await client.endAsync()
    }))
  })

  test('are exported, and import to an equal configuration', async () => {
    const run = async (...args: readonly string[]): Promise<Ran> =>
      await weirCommand([...args, '--api', weir.api.base], { cwd: folder })
    const { etag, body } = await weir.api.call('getConfig')
    const exported = await run('export', '--format', 'ns')
    await writeFile(join(folder, 'exported.conf'), `clear ns config full\n${exported.out}`)
    expect(await run('exec', '-f', 'exported.conf')).toMatchObject({
      status: 0,
      err: expect.stringMatching(/^\d+ commands done, revision \d+\n$/) as string
    })
    expect((await weir.api.call('getConfig')).etag).toBe(etag)
    expect(JSON.parse((await run('export', '--format', 'json')).out)).toEqual(body)
    expect(await run('export', '--format', 'yaml')).toMatchObject({ status: 2, err: expect.stringContaining("expected one of ns, json; got 'yaml'") as string })
  })

  test('change nothing when one of them cannot be read, and show its line and word', async () => {
    const before = (await weir.api.call('getConfig')).etag
    const lines = [
      ...Array.from({ length: 39 }, (_, i) => `add service s${i} 192.0.2.1 USER_TCP ${i + 1}`),
      'add service s40 192.0.2.1 USER_TCP 80 -maxClents 5'
    ]
    await writeFile(join(folder, 'forty.conf'), lines.join('\n'))
    const refused = await weirCommand(['exec', '--api', weir.api.base, '-f', 'forty.conf'], { cwd: folder })
    expect(refused.status).toBe(1)
    expect(refused.err).toBe(
      "forty.conf:40: add service: no option '-maxClents'; did you mean '-maxClient'?; there are: -maxClient, -healthMonitor, -monThreshold, -state, -comment\n" +
      '  add service s40 192.0.2.1 USER_TCP 80 -maxClents 5\n' +
      '                                        ^\n' +
      'Nothing was changed [command-invalid]\n'
    )
    expect((await weir.api.call('getConfig')).etag).toBe(before)
  })
})
