// Cases of WebSocket frames: the same bytes for Weir before an extension that echoes, and for the `ws` library.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { until } from '@weirlb/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { around, atEnd, startEngine, unhurried, type EngineBench } from './engine-bench.ts'
import { closeFrame, CONTINUATION, frame, PING, RawWebSocket, TEXT } from './raw-websocket.ts'

/** Largest message of both servers. */
export const LIMIT = 256 * 1024
/** Most fragments of a message, of both servers. */
export const FRAGMENTS = 64

const echo = `
  import { defineProtocol, drop } from '@weirlb/sdk'
  export default defineProtocol({
    name: 'echo', api: 1, balance: 'per-connection',
    websocket: { messages: 'both' },
    client: { onData (chunk, end, ctx) { ctx.reply(chunk.slice()); return drop(chunk.length) } }
  })`

/** The library itself, with the same limits. */
const reference = async (): Promise<number> => {
  const server = createServer()
  const sockets = new WebSocketServer({
    server,
    perMessageDeflate: false,
    maxPayload: LIMIT,
    ...{ maxFragments: FRAGMENTS }
  })
  sockets.on('connection', socket => {
    socket.on('error', () => {})
    socket.on('message', (data, isBinary) => { socket.send(data, { binary: isBinary }) })
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  atEnd(() => {
    for (const socket of sockets.clients) socket.terminate()
    sockets.close()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

let bench: EngineBench
let ports: { readonly ws: number, readonly weir: number }
/** Start both servers before each test of the file. */
export const withEchoes = (): void => {
  beforeEach(async () => {
    bench = await startEngine(around(echo, [{ port: 1 }], {
      userProtocols: [{ name: 'P', transport: 'ws', extension: 'ext' }],
      userVservers: [{
        name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', limits: unhurried,
        websocket: { maxMessageBytes: LIMIT, maxFragments: FRAGMENTS, maxPingsPerSecond: 100 }
      }]
    }))
    ports = { ws: await reference(), weir: bench.port('v') }
  })
}

/** The engine of the running test, and the ports of both servers. */
export const echoes = (): { readonly bench: EngineBench, readonly ws: number, readonly weir: number } => ({
  bench,
  ...ports
})

/** What came back for these bytes. */
interface Outcome {
  readonly data: string
  readonly kinds: readonly number[]
  readonly pongs: readonly string[]
  readonly closeCode: number | undefined
}

/**
 * Send all, wait for `expected` or, where nothing is known yet, for what comes before the answer to a last ping; then
 * close.
 */
const outcomeOf = async (
  port: number,
  pieces: readonly Uint8Array[],
  expected: Outcome | undefined
): Promise<Outcome> => {
  const client = await RawWebSocket.open(port)
  atEnd(() => {
    client.socket.destroy()
  })
  const write = async (bytes: Uint8Array): Promise<void> => {
    await new Promise<void>(resolve => {
      client.socket.write(bytes, () => {
        resolve()
      })
    })
  }
  for (const piece of pieces) await write(piece)
  await write(frame(PING, 'last'))
  await until(
    () => client.pongs.includes('last') || client.closeCode !== undefined || client.closed,
    'the last pong, or an end'
  )
  if (client.closeCode === undefined && !client.closed) {
    // What was said back by the extension comes later than a pong, which the host sends.
    await until(
      () => expected === undefined || client.data.length >= expected.data.length || client.closed,
      'what is said back'
    )
    await write(closeFrame(1000))
  }
  await until(() => client.closeCode !== undefined || client.closed, 'a Close frame')
  client.socket.end()
  await until(() => client.closed, 'the end of the connection')
  const kinds = client.kinds.filter((kind, i) => kind !== client.kinds[i - 1])
  return {
    data: client.data.toString('latin1'),
    kinds,
    pongs: client.pongs.filter(pong => pong !== 'last'),
    closeCode: client.closeCode
  }
}

/** The same bytes as pieces of this size. */
export const cut = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))

/** A case: what it is, and the pieces that are written. */
export type Case = readonly [what: string, pieces: readonly Buffer[]]

/** Cases that end in order: all of it comes back. */
export const kept = (name: string, cases: readonly Case[]): void => {
  describe(name, () => {
    test.each(cases)('%s', async (_what, pieces) => {
      const expected = await outcomeOf(ports.ws, pieces, undefined)
      expect(await outcomeOf(ports.weir, pieces, expected)).toEqual(expected)
    })
  })
}

/**
 * Cases that end the client: with the same code, counted and logged. What came before may have been said back, or
 * not.
 */
export const ended = (name: string, cases: readonly Case[], reason: string): void => {
  describe(name, () => {
    test.each(cases)('%s', async (_what, pieces) => {
      const expected = await outcomeOf(ports.ws, pieces, undefined)
      const seen = await outcomeOf(ports.weir, pieces, expected)
      expect([seen.closeCode, seen.pongs]).toEqual([expected.closeCode, expected.pongs])
      expect(expected.data.startsWith(seen.data)).toBe(true)
      const [line] = await bench.log.ends()
      expect(line).toMatchObject({ reason, userVserver: 'v' })
      if (reason === 'protocol-error') expect(line!['detail']).toEqual(expect.stringMatching(/./))
      expect(bench.engine.stats().userVservers['v']!.closed).toEqual({ [reason]: 1 })
    })
  })
}

/** A text message, or its first fragment. */
export const text = (payload: Uint8Array | string, fin = true): Buffer => frame(TEXT, payload, { fin })
/** A further fragment. */
export const more = (payload: Uint8Array | string, fin = false): Buffer => frame(CONTINUATION, payload, { fin })
/** Bytes of hexadecimal digits. */
export const hex = (digits: string): Buffer => Buffer.from(digits, 'hex')
