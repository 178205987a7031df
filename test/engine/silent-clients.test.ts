// Lines of connections on which the client never said a byte: other balancers open many, to see whether the port
// answers.
import { once } from 'node:events'
import { connect as connectTls } from 'node:tls'
import { TIME_SCALE, until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { certificateFor } from '../support/certificate.ts'
import { around, startEngine, TestClient, TestServer, type EngineBench } from '../support/engine-bench.ts'
import { lineProtocol } from '../support/line-protocol.ts'

/**
 * Vservers that write all lines, and others that leave out clients which say nothing: plain, with a short deadline of
 * the first message, and with TLS.
 */
const start = async (): Promise<EngineBench> => {
  const config = around(lineProtocol(), [await TestServer.listen()])
  const certkeys = [{ name: 'a', ...await certificateFor('a.test') }, { name: 'b', ...await certificateFor('b.test') }]
  const vserver = config.userVservers![0]!
  const hurried = { ...vserver, limits: { firstMessageTimeoutSeconds: 0.5 * TIME_SCALE } }
  return await startEngine({
    ...config,
    certkeys,
    userProtocols: [...config.userProtocols!, { name: 'TLS', transport: 'ssl', extension: 'ext' }],
    userVservers: [
      { ...vserver, name: 'all' },
      { ...vserver, name: 'said', logSilentClients: false },
      { ...hurried, name: 'hurried-all' },
      { ...hurried, name: 'hurried-said', logSilentClients: false },
      { ...vserver, name: 'tls-all', protocol: 'TLS', certificates: ['a'] },
      { ...vserver, name: 'tls-said', protocol: 'TLS', certificates: ['a'], logSilentClients: false },
      // With several certificates the hello is read before TLS has it.
      { ...vserver, name: 'names-said', protocol: 'TLS', certificates: ['a', 'b'], logSilentClients: false }
    ]
  })
}

/** What a vserver has counted, by reason. */
const counted = ({ engine }: EngineBench, vserver: string): Readonly<Record<string, number | undefined>> =>
  engine.stats().userVservers[vserver]!.closed

const lines = ({ log }: EngineBench, vserver: string): unknown[] =>
  log.lines.filter(line => line['userVserver'] === vserver && 'reason' in line).map(line => line['reason'])

test('clients that close, reset or wait without a byte have no line where none is wanted, and are counted all the same', async () => {
  const bench = await start()
  for (const kind of ['all', 'said']) {
    const closes = bench.connect(kind)
    await once(closes.socket, 'connect')
    closes.socket.end()
    await until(() => counted(bench, kind)['client-closed'] === 1, 'the close')
    const resets = bench.connect(kind)
    await once(resets.socket, 'connect')
    resets.socket.resetAndDestroy()
    await until(() => counted(bench, kind)['client-reset'] === 1, 'the reset')
    const hurried = `hurried-${kind}`
    await bench.connect(hurried).closes()
    await until(() => counted(bench, hurried)['first-message-timeout'] === 1, 'the time-out')
    // One byte is enough.
    const says = bench.connect(hurried)
    says.socket.write('x')
    await says.closes()
    await until(() => counted(bench, hurried)['first-message-timeout'] === 2, 'the other time-out')
  }
  expect([lines(bench, 'all'), lines(bench, 'hurried-all')]).toEqual([['client-closed', 'client-reset'], ['first-message-timeout', 'first-message-timeout']])
  expect([lines(bench, 'said'), lines(bench, 'hurried-said')]).toEqual([[], ['first-message-timeout']])
})

test('the same before and behind a TLS handshake', async () => {
  const bench = await start()
  for (const vserver of ['tls-all', 'tls-said', 'names-said']) {
    const closes = new TestClient(bench.port(vserver))
    await once(closes.socket, 'connect')
    closes.socket.end()
    await until(() => counted(bench, vserver)['tls-failed'] === 1, 'the close before the handshake')
    const plain = new TestClient(bench.port(vserver))
    plain.socket.write('HELLO in plain text\n')
    await until(() => counted(bench, vserver)['tls-failed'] === 2, 'the failed handshake')
    const silent = connectTls({ port: bench.port(vserver), host: '127.0.0.1', rejectUnauthorized: false })
    silent.on('error', () => {})
    await once(silent, 'secureConnect')
    silent.end()
    await until(() => counted(bench, vserver)['client-closed'] === 1, 'the end behind the handshake')
    silent.destroy()
  }
  expect(lines(bench, 'tls-all')).toHaveLength(3)
  for (const vserver of ['tls-said', 'names-said']) expect(lines(bench, vserver)).toEqual(['tls-failed'])
})
