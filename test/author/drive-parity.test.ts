// What drive says of a stream, the engine does on sockets: one is a reference for the other.
import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { drive, load, until } from '@weirlb/testing'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'
import { commands } from '../runtime/protocol.ts'

const custom = new URL('../../examples/custom-protocol/protocol.ts', import.meta.url)
const streams: readonly [string, () => Promise<string>, string][] = [
  ['forwarded lines', async () => commands, 'forward\nlength\nseen\n'],
  ['a replacement and a drop', async () => commands, 'forward\nreplace\ndrop\nforward\n'],
  ['a tunnel, and what is no frame behind it', async () => commands, `tunnel x\n${'y'.repeat(70_000)}`],
  ['a pipe', async () => commands, 'pipe\nthrow\n'],
  ['effects', async () => commands, 'effects\nforward\n'],
  ['a refused first message', async () => commands, 'reject it\n'],
  ['a malformed first message', async () => commands, 'malformed\n'],
  ['a throw', async () => commands, 'throw\n'],
  ['a frame that is too large', async () => commands, 'x'.repeat(65_537)],
  ['a greeting', async () => await readFile(custom, 'utf8'), 'HELLO dev-01\nmore\n'],
  ['no greeting', async () => await readFile(custom, 'utf8'), 'GET / HTTP/1.1\r\n']
]

describe('drive and the engine agree on', () => {
  test.each(streams)('%s', async (_, source, stream) => {
    const text = await source()
    const bytes = Uint8Array.from(Buffer.from(stream))
    const driven = drive(await load({ source: text }, 'in-process'), bytes)
    const server = await TestServer.listen()
    const bench = await startEngine(around(text, [server]))
    const client = bench.connect()
    client.socket.write(bytes)
    const want = Buffer.from(driven.forwarded)
    if (driven.closed !== undefined) {
      await client.closes()
      await until(() => bench.log.closed[0], 'the line of the connection')
      expect(bench.log.closed[0]).toMatchObject({ reason: driven.closed })
    } else {
      await until(() => server.received[0] !== undefined && server.received[0].length >= want.length && client.received.length >= driven.returned.length, 'the bytes to arrive')
      expect(server.received[0]).toEqual(want)
    }
    expect(client.received).toEqual(Buffer.from(driven.returned))
    expect(bench.engine.stats().extensions['ext']?.crossings ?? 0).toBeGreaterThan(0)
  })
})
