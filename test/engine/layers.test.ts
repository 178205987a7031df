// What stands between the sockets and a connection, and clients that are on their way through it when the
// configuration changes.
import { once } from 'node:events'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { certificateFor } from '../support/certificate.ts'
import { around, atEnd, engineConfig, startEngine, TestServer } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { lineProtocol } from '../support/line-protocol.ts'

const protocols = [{ name: 'P', transport: 'tcp' as const, extension: 'ext' }, { name: 'S', transport: 'ssl' as const, extension: 'ext' }]

/** A configuration with a vserver of TLS, `s`, beside the plain one. */
const withTls = async () => around(lineProtocol(), [await TestServer.listen()], {
  certkeys: [{ name: 'red', ...await certificateFor('red.test') }, { name: 'blue', ...await certificateFor('blue.test') }],
  userProtocols: protocols,
  userVservers: [
    { name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb' },
    { name: 's', protocol: 'S', address: '127.0.0.1', port: 0, defaultLb: 'lb', certificates: ['red'] }
  ]
})

const overTls = (port: number): TLSSocket => {
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false })
  socket.on('error', () => {})
  atEnd(() => { socket.destroy() })
  return socket
}

test('a client inside its handshake is turned away when its listener closes, and nothing waits for it', async () => {
  const bench = await startEngine(await withTls())
  const waits = bench.connect('s')
  await once(waits.socket, 'connect')
  // The listener has taken it when it has taken the next one.
  const socket = overTls(bench.port('s'))
  await once(socket, 'secureConnect')
  await until(() => bench.engine.stats().userVservers['s']!.accepted === 1, 'the handshake')
  socket.end()
  await bench.engine.drain()
  await waits.closes()
  expect(bench.engine.stats().userVservers['s']).toMatchObject({ accepted: 1, connections: 0 })
})

test('a TLS client that comes before its revision is committed is served when it is', async () => {
  const config = await withTls()
  const bench = await startEngine(config)
  const port = await freePort()
  const later = {
    ...config,
    userVservers: [...config.userVservers!, {
      name: 'later',
      protocol: 'S',
      address: '127.0.0.1',
      port,
      defaultLb: 'lb',
      certificates: ['blue', 'red']
    }]
  }
  const prepared = await bench.engine.prepare(await engineConfig(later, 2), {})
  const [early, other] = [overTls(port), bench.connect('v')]
  await once(early, 'connect')
  await once(other.socket, 'connect')
  prepared.commit()
  await once(early, 'secureConnect')
  expect(early.getPeerCertificate().subject.CN).toBe('blue.test')
  early.write('reply hello\n')
  const [answer] = await once(early, 'data') as [Buffer]
  expect(answer.toString()).toBe('reply hello\n')
})

test('a port goes from plain TCP to TLS, to another certificate, and back, and nobody is lost', async () => {
  const config = await withTls()
  const port = await freePort()
  const on = (protocol: string, certificates: string[], state: 'enabled' | 'draining' = 'enabled') => ({
    userVservers: [{ name: 'v', state, protocol, address: '127.0.0.1', port, defaultLb: 'lb', certificates }]
  })
  const bench = await startEngine({ ...config, ...on('P', []) })
  const plain = bench.connect()
  plain.socket.write('reply one\n')
  await plain.gets('reply one')
  const certificateOf = async (): Promise<unknown> => {
    const socket = overTls(port)
    await once(socket, 'secureConnect')
    const name: unknown = socket.getPeerCertificate().subject.CN
    socket.destroy()
    return name
  }
  await bench.apply(on('P', [], 'draining'))
  await bench.apply(on('S', ['red']))
  expect(await certificateOf()).toBe('red.test')
  await bench.apply(on('S', ['blue']))
  expect(await certificateOf()).toBe('blue.test')
  // Who was there before stays.
  plain.socket.write('reply two\n')
  await plain.gets('reply two')
  await bench.apply(on('S', ['blue'], 'draining'))
  await bench.apply(on('P', []))
  const again = bench.connect()
  again.socket.write('reply three\n')
  await again.gets('reply three')
  await until(() => bench.engine.connections({}).length === 2, 'the TLS clients to be gone')
})
