// What an extension may know of a client before it has said anything.
import { once } from 'node:events'
import { connect as connectTls } from 'node:tls'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { certificateFor } from '../support/certificate.ts'
import { around, atEnd, startEngine, TestServer } from '../support/engine-bench.ts'

const SOURCE = `
import { defineProtocol, encodeUtf8, forward, frame } from '@weirlb/sdk'

export default defineProtocol({
  name: 'who', api: 1, balance: 'per-connection',
  client: { framing: frame.lines({ max: 1000 }), onMessage: () => forward() },
  onConnect (ctx) {
    const { address, port, serverName } = ctx.client
    ctx.reply(encodeUtf8([address, port > 0, serverName].join(', ') + '\\n'))
  }
})`

test('the server name that a TLS client asks for; none without, and none on plain TCP', async () => {
  const bench = await startEngine(around(SOURCE, [await TestServer.listen()], {
    certkeys: [{ name: 'red', ...await certificateFor('red.test') }],
    userProtocols: [{ name: 'P', transport: 'tcp', extension: 'ext' }, { name: 'S', transport: 'ssl', extension: 'ext' }],
    userVservers: [
      { name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb' },
      { name: 's', protocol: 'S', address: '127.0.0.1', port: 0, defaultLb: 'lb', certificates: ['red'] }
    ]
  }))
  const overTls = async (servername: string): Promise<string> => {
    const socket = connectTls({ host: '127.0.0.1', port: bench.port('s'), servername, rejectUnauthorized: false })
    atEnd(() => { socket.destroy() })
    const [bytes] = await once(socket, 'data') as [Buffer]
    return bytes.toString()
  }
  expect(await overTls('blue.test')).toBe('127.0.0.1, true, blue.test\n')
  expect(await overTls('')).toBe('127.0.0.1, true, \n')
  const plain = bench.connect()
  await until(() => plain.text.endsWith('\n'), 'the answer')
  expect(plain.text).toBe('127.0.0.1, true, \n')
  const asked = await bench.engine.explain({
    userVserver: 'v',
    bytes: Buffer.from('x\n'),
    side: 'client',
    client: { address: '192.0.2.1', port: 5, serverName: 'green.test' }
  })
  expect(asked.connect?.effects).toMatchObject([{
    kind: 'reply',
    bytes: Buffer.from('192.0.2.1, true, green.test\n').toString('hex')
  }])
})
