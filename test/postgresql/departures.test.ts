// Clients whose messages are only counted leave between two of them.
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { createWeir } from 'weirlb'
import { atEnd, TestClient, TestServer } from '../support/engine-bench.ts'

/** A server that lets everybody in: AuthenticationOk, a key, ReadyForQuery. */
const LOGIN = Buffer.from('R\0\0\0\x08\0\0\0\0K\0\0\0\x0c\0\0\x12\x67\x1b\xad\xca\xfeZ\0\0\0\x05I', 'latin1')
const STARTUP = '\0\0\0\x1b\0\x03\0\0user\0alice\0database\0'
const startup = (): Buffer => {
  const bytes = Buffer.from(`${STARTUP}shop\0\0`, 'latin1')
  bytes.writeUInt32BE(bytes.length)
  return bytes
}

test('one that is between two queries goes at once, and one inside of a query is given time', async () => {
  const server = await TestServer.listen(bytes => bytes[0] === 0 ? LOGIN : undefined)
  const weir = createWeir({ workers: 0, log: { level: 'silent' }, config: {
    extensions: [{ name: 'postgresql', builtin: 'postgresql' }],
    userProtocols: [{ name: 'PG', transport: 'tcp', extension: 'postgresql' }],
    services: [{ name: 's', address: '127.0.0.1', port: server.port }],
    lbVservers: [{ name: 'lb', services: [{ name: 's' }] }],
    userVservers: [{ name: 'v', protocol: 'PG', address: '127.0.0.1', port: 0, defaultLb: 'lb' }]
  } })
  atEnd(async () => { await weir.stop({ graceMs: 0 }) })
  await weir.start()
  const { port } = (await weir.userVservers.status('v')).listening!
  const bytes = (): number => server.received.reduce((sum, { length }) => sum + length, 0)
  const come = async (query: string): Promise<TestClient> => {
    const client = new TestClient(port)
    client.socket.write(startup())
    await client.gets('Z')
    const before = bytes()
    client.socket.write(Buffer.from(query, 'latin1'))
    await until(() => bytes() === before + query.length, 'the query to arrive')
    return client
  }
  const inside = await come('Q\0\0\0\x10sel')
  const between = await come('Q\0\0\0\x06;\0')
  await weir.userVservers.patch('v', { state: 'disabled' })
  await between.closes()
  expect(inside.closed).toBe(false)
  expect(between.text).toContain('57P01')
  await inside.closes()
})
