// TLS that is started with servers, in the words of the protocol.
import net from 'node:net'
import { TLSSocket } from 'node:tls'
import type { ConfigInput } from '@weirlb/model'
import { TIME_SCALE, until } from '@weirlb/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { certificateFor, type Certificate } from '../support/certificate.ts'
import { around, atEnd, startEngine, type EngineBench } from '../support/engine-bench.ts'

const sourceOf = (steps: string): string => `
import { defineProtocol, encodeUtf8, forward, frame } from '@weirlb/sdk'
export default defineProtocol({
  name: 'lines', api: 1, balance: 'per-connection', ${steps}
  client: { framing: frame.lines({ max: 1000 }), onMessage: () => forward({ then: 'tunnel' }) },
  goodbye: why => encodeUtf8('BYE ' + why + '\\n')
})`
const LINES = "serverTls: [{ accepts: '220', line: true }, { send: encodeUtf8('EHLO weir\\n'), accepts: '250 ', line: true, skips: '250-' }, { send: encodeUtf8('STARTTLS\\n'), accepts: '220', line: true }],"
const BYTE = "serverTls: [{ send: encodeUtf8('TLS?\\n'), accepts: 'YES' }],"

let certificate: Certificate
beforeAll(async () => { certificate = await certificateFor('one.test') })

/** A server that answers each chunk with the next of `answers`, and then has TLS on the socket and echoes. */
const serve = async (
  greeting: string,
  answers: readonly string[]
): Promise<{ readonly port: number, readonly heard: string[] }> => {
  const heard: string[] = []
  const sockets = new Set<net.Socket>()
  const server = net.createServer(socket => {
    sockets.add(socket.on('error', () => {}))
    if (greeting !== '') socket.write(greeting)
    let n = 0
    socket.on('data', function onData (chunk: Buffer) {
      heard.push(chunk.toString())
      const last = n === answers.length - 1
      if (last) socket.off('data', onData)
      socket.write(answers[n++]!)
      if (!last) return
      const secure = new TLSSocket(socket, { isServer: true, ...certificate })
      secure.on('error', () => {}).on('data', (bytes: Buffer) => { secure.write(bytes) })
    })
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  atEnd(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as net.AddressInfo).port, heard }
}

const start = async (
  steps: string,
  port: number,
  service: Partial<NonNullable<ConfigInput['services']>[number]> = {}
): Promise<EngineBench> =>
  await startEngine(around(sourceOf(steps), [], {
    certkeys: [{ name: 'ca', ca: certificate.cert }],
    services: [{
      name: 's',
      address: '127.0.0.1',
      port,
      startTls: true,
      tls: { ca: 'ca', serverName: 'one.test' },
      monitors: [],
      ...service
    }],
    lbVservers: [{ name: 'lb', services: [{ name: 's' }] }]
  }))

const failures = (bench: EngineBench): unknown[] =>
  bench.log.lines.filter(({ message }) => message === 'dial failed').map(({ detail }) => detail)

test('a server that speaks first is greeted, line by line', async () => {
  const { port, heard } = await serve('220 hello\n', ['250-SIZE\n250-STARTTLS\n250 HELP\n', '220 go ahead\n'])
  const bench = await start(LINES, port)
  const client = bench.connect()
  client.socket.write('secret\n')
  await client.gets('secret\n')
  expect(heard).toEqual(['EHLO weir\n', 'STARTTLS\n'])
})

test('a server that is asked, and answers in three bytes', async () => {
  const { port, heard } = await serve('', ['YES'])
  const bench = await start(BYTE, port)
  const client = bench.connect()
  client.socket.write('secret\n')
  await client.gets('secret\n')
  expect(heard).toEqual(['TLS?\n'])
})

describe('a dial fails', () => {
  test.each([
    ['when the server refuses', 'NO!', 'the server does not start TLS: it answered "NO!"'],
    [
      'when the server sends more than its answer',
      'YES{"injected":true}',
      'the server sent 17 bytes behind its answer to the request for TLS'
    ]
  ])('%s', async (_, answer, why) => {
    const { port } = await serve('', [answer, ''])
    const bench = await start(BYTE, port)
    const client = bench.connect()
    client.socket.write('secret\n')
    await client.closes()
    expect(client.text).toBe('BYE dial-failed\n')
    expect(failures(bench)).toEqual([why])
  })

  test('when the server does not answer', async () => {
    const { port, heard } = await serve('', ['', ''])
    // The server has to be reached, and to get its request.
    const ms = Math.round(300 * TIME_SCALE)
    const bench = await start(BYTE, port, { connectTimeoutSeconds: ms / 1000 })
    const client = bench.connect()
    client.socket.write('secret\n')
    await client.closes()
    expect(failures(bench)).toEqual([`no TLS handshake with 127.0.0.1:${port} within ${ms} ms`])
    expect(heard).toEqual(['TLS?\n'])
  })

  test('when the client is gone meanwhile, without a trace', async () => {
    const { port, heard } = await serve('', ['', ''])
    const bench = await start(BYTE, port)
    const client = bench.connect()
    client.socket.write('secret\n')
    await until(() => heard.length === 1, 'the server to be asked')
    bench.engine.kill(bench.engine.connections({})[0]!.id)
    await bench.log.ends()
    expect(failures(bench)).toEqual([])
  })
})

test.each([
  ['', "userVservers[0].defaultLb: service 's' of LB vserver 'lb' has startTls, and extension 'ext' does not declare serverTls"],
  ['serverTls: [],', 'serverTls: expected a list of 1 to 16 steps'],
  ["serverTls: [{ accepts: '' }],", 'serverTls[0].accepts: expected 1 to 4096 latin1 characters'],
  ["serverTls: [{ accepts: 'x', skips: 'y' }],", 'serverTls[0].skips: needs line: true']
] as const)('what cannot work is refused at the write: %s', async (steps, message) => {
  await expect(start(steps, 1)).rejects.toThrow(message)
})
