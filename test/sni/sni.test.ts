// TLS that passes Weir untouched: real handshakes of Node and OpenSSL, routed by the names that they ask for.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { until } from '@weirlb/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { certificateFor } from '../support/certificate.ts'
import { atEnd, TestClient } from '../support/engine-bench.ts'
import { WeirProcess } from '../support/weir-process.ts'

const names = ['red.test', 'blue.test'] as const
let weir: WeirProcess
const ends: (() => Promise<void> | void)[] = []
/** Of vservers that pass what has no route on to the first server, and that refuse it. */
let port: number
let strict: number

/** Two TLS servers, which say who they are, each behind an LB vserver of its own. */
beforeAll(async () => {
  weir = await WeirProcess.start({ workers: 1 })
  ends.push(async () => { await weir.stop() })
  const { api } = weir
  await api.call('createExtension', { body: { name: 'e', builtin: 'sni' } })
  await api.call('createUserProtocol', { body: { name: 'P', transport: 'tcp', extension: 'e' } })
  for (const name of names) {
    const server = createServer(await certificateFor(name), socket => {
      socket.on('error', () => {}).write(`${name}\n`)
    })
    await new Promise<void>(resolve => {
      server.listen(0, '127.0.0.1', resolve)
    })
    ends.push(() => {
      server.close()
    })
    await api.call('createService', {
      body: { name, address: '127.0.0.1', port: (server.address() as net.AddressInfo).port }
    })
    await api.call('createLbVserver', { body: { name, services: [{ name }] } })
  }
  const vserver = { protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'red.test', lbVservers: ['blue.test'] }
  await api.call('createUserVserver', {
    body: {
      ...vserver,
      name: 'v',
      params: { routes: [{ name: '*.test', via: 'blue.test' }, { name: 'red.test', via: 'red.test' }] }
    }
  })
  await api.call('createUserVserver', {
    body: { ...vserver, name: 'strict', params: { routes: [{ name: 'red.test', via: 'red.test' }], others: 'refuse' } }
  })
  port = await api.port('v')
  strict = await api.port('strict')
})
afterAll(async () => { for (const end of ends.reverse()) await end() })

const connections = async () => (await weir.api.call('listConnections')).body.items
/** How many connections the extension has refused. */
const rejected = async (vserver: string): Promise<number> =>
  (await weir.api.call('getStats')).body.userVservers[vserver]!.closed.rejected ?? 0

const tls = (port: number, servername: string | undefined, socket?: net.Socket): TLSSocket => {
  const made = connect({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ...socket === undefined ? {} : { socket },
    ...servername === undefined ? {} : { servername }
  })
  atEnd(() => {
    made.destroy()
  })
  return made
}

const saidBy = async (socket: TLSSocket): Promise<[unknown, string]> => {
  const [bytes] = await once(socket, 'data') as [Buffer]
  return [socket.getPeerCertificate().subject.CN, bytes.toString()]
}

test('each client has its handshake with the server of its name, and both see the whole of it', async () => {
  expect(await saidBy(tls(port, 'red.test'))).toEqual(['red.test', 'red.test\n'])
  expect(await saidBy(tls(port, 'Blue.Test'))).toEqual(['blue.test', 'blue.test\n'])
  expect(await saidBy(tls(port, undefined))).toEqual(['red.test', 'red.test\n'])
  const live = await connections()
  expect(live.map(({ phase, fields, service }) => [phase, fields['serverName'], service])).toEqual([
    ['tunnel', 'red.test', 'red.test'],
    ['tunnel', 'blue.test', 'blue.test'],
    ['tunnel', undefined, 'red.test']
  ])
})

test("a client that names nobody, or whom nobody has, is refused in TLS's words", async () => {
  for (const name of [undefined, 'green.test']) {
    const [error] = await once(tls(strict, name), 'error') as [NodeJS.ErrnoException]
    expect(error.code).toBe('ERR_SSL_TLSV1_UNRECOGNIZED_NAME')
  }
  await until(async () => await rejected('strict') === 2, 'both to be counted')
})

test('a ClientHello that comes byte by byte, and in several records, is the same', async () => {
  for (const split of [1, 2]) {
    // A relay that cuts what the client says first.
    const relay = net.createServer(client => {
      const server = net.connect({ port, host: '127.0.0.1', noDelay: true })
      for (const socket of [client, server]) socket.on('error', () => {})
      server.pipe(client)
      client.once('data', hello => {
        const message = hello.subarray(5)
        const bytes = split === 1
          ? hello
          : Buffer.concat(
            [message.subarray(0, 190), message.subarray(190)].flatMap(
              part => [Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part]
            )
          )
        for (let at = 0; at < bytes.length; at += split) server.write(bytes.subarray(at, at + split))
        client.pipe(server)
      })
    })
    await new Promise<void>(resolve => { relay.listen(0, '127.0.0.1', resolve) })
    atEnd(() => { relay.close() })
    const socket = tls((relay.address() as net.AddressInfo).port, 'blue.test')
    // Both sides hash messages, not records: the handshake is sound.
    expect(await saidBy(socket)).toEqual(['blue.test', 'blue.test\n'])
  }
})

test('what is no TLS is refused at its first byte', async () => {
  const client = new TestClient(port)
  client.socket.write('G')
  await client.closes()
  await until(async () => await rejected('v') === 1, 'it to be counted')
})

test("OpenSSL's own client, and its certificate is that of the server behind", async () => {
  const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', 'blue.test'], { stdio: ['pipe', 'pipe', 'ignore'] })
  atEnd(() => { child.kill() })
  let output = ''
  child.stdout.on('data', (bytes: Buffer) => { output += bytes.toString() })
  await until(() => output.includes('blue.test\n') && output.includes('subject=CN = blue.test'), 'the answer')
})
