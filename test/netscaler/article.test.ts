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

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/netscaler/${name}`, import.meta.url))

describeWithMosquitto('the commands of the article', mosquitto => {
  const addresses = { MQTT_VIP: loopbackAddress(0), MQTT_BROKER_1: loopbackAddress(1), MQTT_BROKER_2: loopbackAddress(2) }
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
    await Promise.all([writeFile(join(folder, 'server.cert'), certificate.cert), writeFile(join(folder, 'server.key'), certificate.key), copyFile(fixture('mqtt.ts'), join(folder, 'mqtt.ts'))])
    // A user who may not take the ports of the article gets others.
    ports = await mayListenOn(80, addresses.MQTT_VIP) ? { plain: 80, tls: 443 } : { plain: await freePort(), tls: await freePort() }
    await writeFile(join(folder, 'mqtt.ts'), (await readFile(fixture('mqtt.ts'), 'utf8')).replace('../../../', fileURLToPath(new URL('../../', import.meta.url))))
    const printed = await readFile(fixture('article.conf'), 'utf8')
    const commands = printed.replaceAll(/<(\w+)>/g, (_, name: string) => fills[name]!).replace(/ (80|443) -defaultlb/g, (_, port) => ` ${port === '80' ? ports.plain : ports.tls} -defaultlb`)
    await writeFile(join(folder, 'article.conf'), commands)
    brokers = await Promise.all([1, 2].map(async i => await Mosquitto.start(mosquitto, `broker-${i}`, `listener 1883 ${fills[`MQTT_BROKER_${i}`]!}`)))
    weir = await WeirProcess.start({ workers: 2 })
    const certkey = await weirCommand(['exec', '--api', weir.api.base, 'add SSL certKey mqtt_cert -cert server.cert -key server.key'], { cwd: folder })
    expect(certkey).toEqual({ status: 0, out: '', err: '1 command done, revision 1\n' })
    ran = await weirCommand(['exec', '--api', weir.api.base, '-f', 'article.conf'], { cwd: folder })
  })
  afterAll(async () => {
    await weir.stop()
    await Promise.all(brokers.map(async broker => { await broker.kill() }))
    await rm(folder, { recursive: true })
  })

  const askName = async (options: IClientOptions): Promise<string> => {
    const client = await connectAsync(`${options.protocol}://${addresses.MQTT_VIP}:${options.port}`, { reconnectPeriod: 0, ...options }, false)
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
    for (const vserver of ['user-vservers/u_vserver_mqtt', 'user-vservers/u_vserver_mqtt_ssl'] as const) await until(async () => await weir.api.status(vserver) === 'up', vserver)
    for (const service of ['services/lb_service_mqtt1', 'services/lb_service_mqtt2'] as const) await until(async () => await weir.api.status(service) === 'up', service)
    const reached = new Set<string>()
    for (let i = 0; i < 4; i++) {
      reached.add(await askName({ protocol: 'mqtt', port: ports.plain, clientId: `plain-${i}` }))
      reached.add(await askName({ protocol: 'mqtts', port: ports.tls, clientId: `tls-${i}`, servername: 'mqtt.test', ca: certificate.cert }))
    }
    expect(reached).toEqual(new Set(['broker-1', 'broker-2']))
  })

  test('change nothing when one of them cannot be read, and show its line and word', async () => {
    const before = (await weir.api.call('getConfig')).etag
    const lines = [...Array.from({ length: 39 }, (_, i) => `add service s${i} 192.0.2.1 USER_TCP ${i + 1}`), 'add service s40 192.0.2.1 USER_TCP 80 -maxClents 5']
    await writeFile(join(folder, 'forty.conf'), lines.join('\n'))
    const refused = await weirCommand(['exec', '--api', weir.api.base, '-f', 'forty.conf'], { cwd: folder })
    expect(refused.status).toBe(1)
    expect(refused.err).toBe(
      "forty.conf:40: add service: no option '-maxClents'; did you mean '-maxClient'?; there are: -maxClient, -state, -comment\n" +
      '  add service s40 192.0.2.1 USER_TCP 80 -maxClents 5\n' +
      '                                        ^\n' +
      'Nothing was changed [command-invalid]\n'
    )
    expect((await weir.api.call('getConfig')).etag).toBe(before)
  })
})
