import { connect, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Worker } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'
import { TlsServerLayer } from '../layer/tls/tls-server-layer.ts'
import { testCertificate } from '../test/test-certificate.ts'
import { listening, until, type RecordingListener } from '../testing/recording-sink.ts'
import { createNodeTransport } from './node-transport.ts'

const transport = createNodeTransport()
const layers = [new TlsServerLayer({ certificates: [await testCertificate(['localhost'])] })]
const open: RecordingListener[] = []
afterEach(() => { for (const { listener } of open.splice(0)) listener.close() })

const listen = async (): Promise<RecordingListener> => {
  const server = await listening(transport, { layers })
  open.push(server)
  return server
}

/** The counters of Node's socket leave out what TLS above it reads and writes. */
const handleOf = (socket: Socket): { readonly bytesRead: number, readonly bytesWritten: number } =>
  (socket as unknown as { _handle: { bytesRead: number, bytesWritten: number } })._handle

/** Over the send and receive buffers of a loopback connection together. */
const MORE_THAN_THE_KERNEL_TAKES = 24 * 1024 * 1024

test('a link whose peer resets it in a pause tells that nothing is queued, and keeps what came before', async () => {
  const { listener, links } = await listen()
  const raw = connect(listener.port, '127.0.0.1').on('error', () => {})
  const client = connectTls({ socket: raw, rejectUnauthorized: false }).on('error', () => {})
  await until(() => links.length === 1)
  const { link } = links[0]!
  link.pause()
  client.write('before')
  expect(link.write(Buffer.alloc(MORE_THAN_THE_KERNEL_TAKES))).toBe(false)
  await until(() => handleOf(raw).bytesRead > 20_000)
  raw.resetAndDestroy()
  await until(() => links[0]!.drains === 1)
  expect([links[0]!.closes, links[0]!.text]).toEqual([0, ''])
  link.resume()
  await until(() => links[0]!.closes === 1)
  expect(links[0]!.text).toBe('before')
})

/** Sockets of this process at a port. */
const accepted = (port: number): Socket[] =>
  (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles()
    .filter((handle): handle is Socket => handle instanceof Socket && handle.localPort === port)

// It does all that while the server is not looking: ends the handshake, sends, ends, and resets.
const HASTY = `
const { workerData: { port, gate } } = require('node:worker_threads')
const raw = require('node:net').connect(port, '127.0.0.1').on('error', () => {})
const client = require('node:tls').connect({ socket: raw, rejectUnauthorized: false }).on('error', () => {})
raw.once('close', () => { Atomics.store(gate, 0, 1); Atomics.notify(gate, 0) })
client.once('secureConnect', () => { client.write('hello', () => { raw.end(() => { raw.resetAndDestroy() }) }) })
`

test('a client that ends and resets before its session tickets are sent does not stay', async () => {
  const { listener, links } = await listen()
  const gate = new Int32Array(new SharedArrayBuffer(4))
  const client = new Worker(HASTY, { eval: true, workerData: { port: listener.port, gate }, execArgv: [] })
  const gone = new Promise(resolve => { client.once('exit', resolve) })
  // Its half of the handshake is sent, and the client's has not been read.
  await until(() => accepted(listener.port).some(socket => handleOf(socket).bytesWritten > 0))
  Atomics.wait(gate, 0, 0, 5000)
  await until(() => links.length === 1 && links[0]!.ends === 1)
  links[0]!.link.write(Buffer.from('answer'))
  await until(() => links[0]!.closes === 1)
  expect(links[0]!.error).toMatchObject({ kind: 'reset' })
  await gone
})
