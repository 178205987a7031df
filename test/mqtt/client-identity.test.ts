// Devices that prove who they are over TLS, with the programs that they use: mosquitto_pub, mqtt.js, Paho C and
// openssl s_client.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { until } from '@weirlb/testing'
import { connectAsync, type IClientOptions } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Certificate } from '../support/certificate.ts'
import { describeWithMosquitto, describeWithPahoC } from '../support/describe-with.ts'
import { MqttFarm } from '../support/mqtt-farm.ts'
import { buildPahoPublish } from '../support/paho-publish.ts'
import { Authority, selfSigned } from '../support/pki.ts'

const KEY = '00112233445566778899aabbccddeeff'

/** Run a program of the system's; its status and all that it said. */
const run = async (program: string, args: readonly string[], input = ''): Promise<{ status: number, said: string }> => {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [out, error, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>
  ])
  return { status, said: out + error }
}

describeWithMosquitto('a vserver that asks devices who they are, before two brokers', mosquitto => {
  let directory: string
  let farm: MqttFarm
  const devices = new Map<string, { readonly certificate: Certificate, readonly cert: string, readonly key: string }>()
  const at = (name: string): string => join(directory, name)

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'weir-devices-'))
    const [root, stranger] = [await Authority.root(), await Authority.root('Stranger')]
    const server = await root.issue({
      names: [{ type: 'dns', value: 'localhost' }, { type: 'ip', value: '127.0.0.1' }]
    })
    const revoked = await root.issue({ subject: 'CN=revoked' })
    const certificates: Record<string, Certificate> = {
      good: await root.issue({ subject: 'CN=meter-7', names: [{ type: 'url', value: 'urn:dev:7' }] }),
      expired: await root.issue({ subject: 'CN=expired', from: -9, until: -1 }),
      'not yet valid': await root.issue({ subject: 'CN=early', from: 1, until: 9 }),
      'of another authority': await stranger.issue({ subject: 'CN=stranger' }),
      revoked,
      'self-signed': await selfSigned('self')
    }
    for (const [name, certificate] of Object.entries(certificates)) {
      const file = name.replaceAll(' ', '-')
      writeFileSync(at(`${file}.pem`), certificate.cert)
      writeFileSync(at(`${file}.key`), certificate.key)
      devices.set(name, { certificate, cert: at(`${file}.pem`), key: at(`${file}.key`) })
    }
    writeFileSync(at('ca.pem'), root.cert)
    writeFileSync(at('crl.pem'), await root.revoke([revoked]))
    writeFileSync(
      at('psk'),
      ['meter-1.2', 'meter-1.3', 'paho-meter-1.2', 'paho-meter-1.3'].map(identity => `${identity}:${KEY}\n`).join('')
    )
    farm = await MqttFarm.start(mosquitto, { workers: 2, brokers: 2 })
    const { api } = farm.weir
    await api.call('createCertkey', { body: { name: 'server', cert: server.cert, key: server.key } })
    await api.call('createCertkey', { body: { name: 'devices', caFile: at('ca.pem'), crlFile: at('crl.pem') } })
    await api.call('createCertkey', { body: { name: 'meters', pskFile: at('psk') } })
    await api.call('createUserProtocol', { body: { name: 'MQTT_SSL', transport: 'ssl', extension: 'mqtt' } })
  })
  afterAll(async () => {
    await farm.stop()
    rmSync(directory, { recursive: true })
  })

  const sessions = async (key: string): Promise<number> =>
    (await farm.weir.api.call('listSessions', { query: { key } })).body.items.length
  const closed = async (vserver: string, reason: 'client-unverified' | 'tls-failed'): Promise<number> =>
    (await farm.weir.api.call('getStats')).body.userVservers[vserver]!.closed[reason] ?? 0
  const details = (): unknown[] =>
    farm.weir.log.filter(({ reason }) => reason === 'client-unverified').map(line => line['detail'])

  const refusals: Record<string, string> = {
    none: 'it has no certificate',
    expired: 'CERT_HAS_EXPIRED',
    'not yet valid': 'CERT_NOT_YET_VALID',
    'of another authority': 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    revoked: 'CERT_REVOKED',
    'self-signed': 'UNABLE_TO_GET_CRL'
  }

  describe.each(['1.2', '1.3'] as const)('over TLS %s', version => {
    const [byCertificate, byKey, byBoth, meter] = [
      `mqtts-${version}`,
      `psk-${version}`,
      `both-${version}`,
      `meter-${version}`
    ]
    let port: number
    let pskPort: number
    beforeAll(async () => {
      // The vserver decides the version: `--tls-version` of mosquitto_pub is the lowest that it takes, and Paho C
      // always takes the highest.
      const { api } = farm.weir
      const only = { minVersion: `TLSv${version}`, maxVersion: `TLSv${version}` } as const
      const vserver = { protocol: 'MQTT_SSL', address: '127.0.0.1', port: 0, defaultLb: 'brokers' } as const
      await api.call('createUserVserver', {
        body: {
          ...vserver,
          name: byCertificate,
          certificates: ['server'],
          tls: { ...only, clientCertificate: 'mandatory', clientCa: ['devices'] },
          params: { identity: 'cn' }
        }
      })
      await api.call('createUserVserver', {
        body: {
          ...vserver,
          name: byKey,
          tls: { ...only, psk: ['meters'] },
          params: { identity: 'psk', userName: '%i' }
        }
      })
      await api.call('createUserVserver', {
        body: {
          ...vserver,
          name: byBoth,
          certificates: ['server'],
          tls: { ...only, psk: ['meters'], clientCertificate: 'mandatory', clientCa: ['devices'] }
        }
      })
      port = await api.port(byCertificate)
      pskPort = await api.port(byKey)
    })

    const publish = async (...more: string[]): Promise<{ status: number, said: string }> =>
      await run('mosquitto_pub', ['-h', '127.0.0.1', '-p', String(port), '--cafile', at('ca.pem'), '--tls-version', `tlsv${version}`, '-i', 'any-id', '-t', 'a', '-m', 'b', '-q', '1', ...more])

    test('mosquitto_pub with a good certificate is served, and its common name is its session', async () => {
      const { cert, key } = devices.get('good')!
      expect(await publish('--cert', cert, '--key', key)).toEqual({ status: 0, said: '' })
      expect([await sessions('meter-7'), await sessions('any-id')]).toEqual([1, 0])
    })

    test.each(Object.keys(refusals))('mosquitto_pub, mqtt.js and openssl are refused with a certificate that is %s, and the log says why', async name => {
      const device = devices.get(name)
      const [before, known] = [await closed(byCertificate, 'client-unverified'), details().length]
      const { status } = await publish(...device === undefined ? [] : ['--cert', device.cert, '--key', device.key])
      expect(status).not.toBe(0)
      const options: IClientOptions = { rejectUnauthorized: false, reconnectPeriod: 0, ...device?.certificate }
      await expect(connectAsync(`mqtts://127.0.0.1:${port}`, options, false)).rejects.toThrow()
      const own = device === undefined ? [] : ['-cert', device.cert, '-key', device.key]
      const { said } = await run('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, version === '1.2' ? '-tls1_2' : '-tls1_3', '-ign_eof', ...own])
      expect(said).toContain('CONNECTED')
      await until(async () => await closed(byCertificate, 'client-unverified') === before + 3, 'the counter')
      await until(() => details().length === known + 3, 'the lines')
      for (const detail of details().slice(known)) expect(detail).toContain(refusals[name])
    })

    test('a client does not take a server of another name', async () => {
      const { cert, key } = devices.get('good')!
      const before = await closed(byCertificate, 'tls-failed')
      // The name that is in the certificate, and one that is not, for the same address.
      expect((await run('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-CAfile', at('ca.pem'), '-verify_return_error', '-verify_hostname', 'localhost', '-cert', cert, '-key', key])).said).toContain('Verify return code: 0 (ok)')
      expect((await run('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-CAfile', at('ca.pem'), '-verify_return_error', '-verify_hostname', 'other.test', '-cert', cert, '-key', key])).said).toContain('hostname mismatch')
      await until(async () => await closed(byCertificate, 'tls-failed') > before, 'the counter')
    })

    test('a vserver with certificates takes a pre-shared key too, and nobody who has neither', async () => {
      const common = [
        '-h',
        '127.0.0.1',
        '-p',
        String(await farm.weir.api.port(byBoth)),
        '--tls-version',
        `tlsv${version}`,
        '-t',
        'a',
        '-m',
        'b',
        '-q',
        '1'
      ]
      const { cert, key } = devices.get('good')!
      expect(await run('mosquitto_pub', [...common, '-i', 'with-key', '--psk-identity', meter, '--psk', KEY])).toEqual({ status: 0, said: '' })
      expect(await run('mosquitto_pub', [...common, '-i', 'with-certificate', '--cafile', at('ca.pem'), '--cert', cert, '--key', key])).toEqual({ status: 0, said: '' })
      expect((await run('mosquitto_pub', [...common, '-i', 'with-neither', '--cafile', at('ca.pem')])).status).not.toBe(0)
      expect((await run('mosquitto_pub', [...common, '-i', 'stranger', '--psk-identity', 'meter-8', '--psk', KEY])).status).not.toBe(0)
      expect([await sessions('with-key'), await sessions('with-certificate'), await sessions('with-neither'), await sessions('stranger')]).toEqual([1, 1, 0, 0])
    })

    test('mosquitto_pub with a pre-shared key is served, and its identity is its session', async () => {
      const withKey = async (identity: string, key: string) => await run('mosquitto_pub', ['-h', '127.0.0.1', '-p', String(pskPort), '--psk-identity', identity, '--psk', key, '--tls-version', `tlsv${version}`, '-i', 'any-id', '-t', 'a', '-m', 'b', '-q', '1'])
      expect(await withKey(meter, KEY)).toEqual({ status: 0, said: '' })
      expect(await sessions(meter)).toBe(1)
      const before = await closed(byKey, 'tls-failed')
      for (const [identity, key] of [[meter, 'ffee'], ['meter-8', KEY]] as const)
        expect((await withKey(identity, key)).status).not.toBe(0)
      await until(async () => await closed(byKey, 'tls-failed') === before + 2, 'the counter')
    })

    describeWithPahoC('Paho C', cc => {
      beforeAll(() => { buildPahoPublish(cc, at('paho-publish')) })

      const publish = async (...more: string[]): Promise<{ status: number, said: string }> =>
        await run(at('paho-publish'), more)
      /** Its library has one code for whatever goes wrong with a connection. */
      const FAILURE = { status: 1, said: '-1\n' }
      const SERVED = { status: 0, said: 'served\n' }

      test.each(['good', ...Object.keys(refusals)])('with a certificate that is %s', async name => {
        const device = devices.get(name)
        const [before, known] = [await closed(byCertificate, 'client-unverified'), details().length]
        const outcome = await publish(
          `ssl://127.0.0.1:${port}`,
          'paho-id',
          at('ca.pem'),
          ...device === undefined ? [] : [device.cert, device.key]
        )
        expect(outcome).toEqual(name === 'good' ? SERVED : FAILURE)
        expect(await sessions('paho-id')).toBe(0)
        if (name === 'good') return
        await until(async () => await closed(byCertificate, 'client-unverified') > before, 'the counter')
        await until(() => details().length > known, 'the line')
        for (const detail of details().slice(known)) expect(detail).toContain(refusals[name])
      })

      test('with a pre-shared key: its identity is its session, and a wrong key or name is refused', async () => {
        const withKey = async (identity: string, key: string) =>
          await publish(`ssl://127.0.0.1:${pskPort}`, 'paho-id', '', 'psk', identity, key)
        expect(await withKey(`paho-${meter}`, KEY)).toEqual(SERVED)
        expect([await sessions(`paho-${meter}`), await sessions('paho-id')]).toEqual([1, 0])
        const before = await closed(byKey, 'tls-failed')
        for (const [identity, key] of [[`paho-${meter}`, 'ffee'], ['stranger', KEY]] as const)
          expect(await withKey(identity, key)).toEqual(FAILURE)
        await until(async () => await closed(byKey, 'tls-failed') >= before + 2, 'the counter')
      })
    })
  })

  test('explain takes the identity that a client would have', async () => {
    const bytes = '100d 00044d515454 04 02 003c 0001 61'
    const explained = async (client: object) => (await farm.weir.api.call('explain', { path: { name: 'mqtts-1.3' }, body: { bytes, client } })).body
    expect(await explained({ certificate: { commonNames: ['meter-1'] } })).toMatchObject({ frames: [{ answer: { verdict: { token: 'meter-1', session: 'meter-1' } } }] })
    expect((await explained({})).outcome).toMatchObject({ becomes: 'closed', reason: 'rejected', detail: "it has no verified certificate, and identity is 'cn'" })
  })

  test('no line of the log has a key', () => {
    const log = JSON.stringify(farm.weir.log)
    expect(log).not.toContain(KEY)
    expect(log).not.toContain('PRIVATE KEY')
  })
})
