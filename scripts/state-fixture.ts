// node scripts/state-fixture.ts, for a release: writes test/fixtures/state-VERSION, a state directory of this release
// as an operator would have it, and what a later release must find in it. test/install/state.test.ts opens it for ever
// after.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { until } from '@weirlb/testing'
import type { StateExpectations } from '../test/support/state-fixtures.ts'
import { certificateFor } from '../test/support/certificate.ts'
import { lineProtocol, SERVER_LINES } from '../test/support/line-protocol.ts'
import { WeirProcess } from '../test/support/weir-process.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const { version } = JSON.parse(readFileSync(join(root, 'packages/weir/package.json'), 'utf8')) as {
  readonly version: string
}
const folder = join(root, `test/fixtures/state-${version}`)
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder)

const weir = await WeirProcess.start({ workers: 1, state: join(folder, 'state') })
const { api } = weir
try {
  await api.call('createExtension', { body: { name: 'mqtt', builtin: 'mqtt' } })
  await api.call('createExtension', { body: { name: 'lines', source: lineProtocol(SERVER_LINES) } })
  // An earlier version, for rollbacks.
  await api.call('patchExtension', {
    path: { name: 'lines' },
    body: { source: `${lineProtocol(SERVER_LINES)}// The second version.\n` }
  })
  await api.call('createCertkey', { body: { name: 'site', ...await certificateFor('a.example') } })
  await api.call('createMonitor', { body: { name: 'port', type: 'tcp', intervalSeconds: 60 } })
  await api.call('replaceConfig', { body: {
    ...(await api.call('getConfig')).body,
    userProtocols: [{ name: 'MQTT', transport: 'tcp', extension: 'mqtt' }, { name: 'MQTTS', transport: 'ssl', extension: 'mqtt' }, { name: 'LINES', transport: 'tcp', extension: 'lines' }],
    services: [1, 2, 3].map(n => ({ name: `broker-${n}`, address: '127.0.0.1', port: n, monitors: [{ type: 'named', name: 'port' }] })),
    serviceGroups: [{ name: 'farm', members: [{ address: '127.0.0.1', port: 4 }, { address: '127.0.0.1', port: 5, weight: 2 }] }],
    lbVservers: [
      { name: 'brokers', services: [{ name: 'broker-1' }, { name: 'broker-2', weight: 3 }, { name: 'broker-3' }], persistence: { type: 'user-session', timeoutSeconds: 31_536_000 }, backup: 'others' },
      { name: 'others', services: [{ name: 'farm' }], method: 'least-connection' }
    ],
    glbs: [{ name: 'by-name', match: { sni: ['*.a.example'] }, pools: [{ name: 'others' }] }],
    userVservers: [
      { name: 'mqtt', protocol: 'MQTT', address: '127.0.0.1', port: 0, defaultLb: 'brokers', params: { maxPacketBytes: 65_536 } },
      { name: 'mqtts', protocol: 'MQTTS', address: '127.0.0.1', port: 0, defaultLb: 'brokers', glbs: ['by-name'], certificates: ['site'] },
      { name: 'lines', protocol: 'LINES', address: '127.0.0.1', port: 0, defaultLb: 'others' }
    ]
  } as never })
  await api.call('importSessions', { body: Array.from({ length: 50 }, (_, i) => ({ lbVserver: 'brokers', key: `device-${i}`, service: `broker-${1 + i % 3}` })) })
  await api.call('deleteSessions', { query: { lbVserver: 'brokers', key: 'device-49' } })
  for (const comment of ['first remark', 'second remark'])
    await api.call('patchService', { path: { name: 'broker-1' }, body: { comment } })
  await api.call('drainService', { path: { name: 'broker-3' }, body: { ratePerSecond: 10 } })
  await until(async () => (await api.call('listJobs')).body.items.every(({ state }) => state === 'done'), 'the drain')
  const { etag: _, body: config } = await api.call('getConfig')
  const expected: StateExpectations = {
    version,
    writtenAt: Date.now(),
    revision: (await api.call('getHealth')).body.revision,
    config,
    sessions: (await api.call('exportSessions')).body.map(({ lbVserver, type, key, service }) => ({
      lbVserver,
      type,
      key,
      service
    })),
    jobs: (await api.call('listJobs')).body.items.map(({ id, kind, state }) => ({ id, kind, state })),
    versions: (await api.call('getExtension', { path: { name: 'lines' } })).body.status!.previous!
  }
  writeFileSync(join(folder, 'expected.json'), `${JSON.stringify(expected, undefined, 2)}\n`)
} finally {
  await weir.stop()
}
