// What an operator sees of an order over REST, and what nobody sees.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { describeWithPebble } from '../support/describe-with.ts'
import { atEnd } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { EventReader } from '../support/event-reader.ts'
import { startPebble } from '../support/pebble.ts'
import { TlsClient } from '../support/tls-client.ts'
import { WeirProcess } from '../support/weir-process.ts'

describeWithPebble('weir serve with pebble', () => {
  test('shows the order, its failure and its certificate, and no secret', async () => {
    const port = await freePort()
    const hmacKey = 'b10lLJs8l1GPIzsLP0s6pMt8O0XVGnfTaCeROxQM0BIt2XrJMDHJZBM5NuQmQJQH'
    const pebble = await startPebble({ tlsPort: port, macKeys: { 'kid-1': hmacKey } })
    const folder = mkdtempSync(join(tmpdir(), 'weir-acme-'))
    atEnd(() => { rmSync(folder, { recursive: true }) })
    const config = join(folder, 'weir.json')
    writeFileSync(config, JSON.stringify({
      certkeys: [{ name: 'authority', ca: pebble.ca }],
      extensions: [{ name: 'mqtt', builtin: 'mqtt' }],
      userProtocols: [{ name: 'MQTT_SSL', transport: 'ssl', extension: 'mqtt' }],
      lbVservers: [{ name: 'brokers' }],
      userVservers: [{ name: 'mqtts', protocol: 'MQTT_SSL', address: '127.0.0.1', port, defaultLb: 'brokers' }]
    }))
    const state = join(folder, 'state')
    const weir = await WeirProcess.start({ workers: 2, config, state })
    atEnd(async () => { await weir.stop() })
    const { api } = weir
    const events = await EventReader.open(
      `${api.base}/v1/events?type=certificate-failed,certificate-issued,certificate-renewed`
    )
    atEnd(() => {
      events.close()
    })
    const answers: string[] = []
    const shown = async () => {
      const { body } = await api.call('getCertkey', { path: { name: 'c' } })
      answers.push(JSON.stringify(body))
      return body
    }

    const acme = {
      directory: pebble.directory,
      domains: ['mqtt.test'],
      ca: 'authority',
      externalAccountBinding: { keyId: 'kid-2', hmacKey }
    }
    answers.push(JSON.stringify((await api.call('createCertkey', { body: { name: 'c', acme } })).body))
    expect((await shown()).status).toMatchObject({
      value: 'down',
      reason: expect.stringContaining('no certificate yet: no user vserver with TLS listens') as string,
      hasKey: false,
      acme: { state: 'waiting', failures: 0 }
    })
    await api.call('patchUserVserver', { path: { name: 'mqtts' }, body: { certificates: ['c'] } })
    await until(async () => (await shown()).status!.acme!.state === 'failing', 'the failure')
    expect((await shown()).status!.acme).toMatchObject({
      failures: 1,
      reason: expect.stringContaining('status 4') as string,
      nextOrder: expect.stringMatching(/^\d{4}-/) as string
    })

    await api.call('patchCertkey', {
      path: { name: 'c' },
      body: { acme: { externalAccountBinding: { keyId: 'kid-1', hmacKey } } }
    })
    await until(async () => (await shown()).status!.acme!.state === 'issued', 'the certificate')
    const issued = await shown()
    expect(issued.acme).toEqual({
      ...acme,
      externalAccountBinding: { keyId: 'kid-1' },
      challenge: 'tls-alpn-01',
      keyType: 'P-256'
    })
    expect(issued.status).toMatchObject({
      value: 'up',
      hasKey: true,
      certificate: { names: ['mqtt.test'], keyType: 'EC P-256' },
      acme: { state: 'issued', failures: 0 }
    })
    expect(Date.parse(issued.status!.acme!.nextOrder!)).toBeLessThan(Date.parse(issued.status!.certificate!.notAfter))
    await until(() => events.events.length === 2, 'the events')
    expect(events.events.map(({ event }) => event)).toEqual(['certificate-failed', 'certificate-issued'])
    answers.push(JSON.stringify((await api.call('getConfig', {})).body), JSON.stringify(events.events))
    expect(issued.status!.acme).not.toHaveProperty('reason')

    await api.call('orderCertkey', { path: { name: 'c' } })
    await until(() => events.events.length === 3, 'the end of the order')
    expect(events.events[2]).toMatchObject({ event: 'certificate-renewed', data: { certkey: 'c' } })

    const client = new TlsClient(port, { servername: 'mqtt.test', ca: await pebble.root(), rejectUnauthorized: true })
    await until(() => client.secured, 'the handshake')
    const { accounts, certkeys } = JSON.parse(readFileSync(join(state, 'acme.json'), 'utf8')) as {
      accounts: Record<string, { key: string }>
      certkeys: Record<string, { key: string }>
    }
    const secrets = [hmacKey, ...[...Object.values(accounts), certkeys['c']!].map(({ key }) => key.split('\n')[1]!)]
    for (const secret of secrets)
      expect([answers.join(''), JSON.stringify(weir.log)].filter(text => text.includes(secret))).toEqual([])
    await api.call('patchUserVserver', { path: { name: 'mqtts' }, body: { certificates: [] } })
    await api.call('deleteCertkey', { path: { name: 'c' } })
    await until(
      () => !readFileSync(join(state, 'acme.json'), 'utf8').includes(certkeys['c']!.key.split('\n')[1]!),
      'the key to be forgotten'
    )
  })
})
