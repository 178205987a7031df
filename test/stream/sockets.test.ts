// Stream sides on sockets, in both runtimes: every split of a stream gives the same, and crossings are what chunks
// and credit make them.
import { createRuntime } from '@weirlb/sandbox'
import { createInProcessRuntime, until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { around, startEngine, TestServer, type TestClient } from '../support/engine-bench.ts'
import { head, SERVER_UNITS, unit, unitProtocol } from '../support/unit-protocol.ts'

const runtimes = [['in-process', createInProcessRuntime], ['sandbox', createRuntime]] as const

describe.each(runtimes)('%s', (_, runtime) => {
  test('the same at every split', async () => {
    const server = await TestServer.listen()
    const { connect, engine } = await startEngine(around(unitProtocol(), [server]), { runtime: runtime() })
    const stream = Buffer.from(
      unit('K', 'ann') + unit('D', 'skipped') + unit('R', 'r') + unit('W', 'whole') + unit('S', 'x') + unit('P', 30) +
        unit('T') + 'tail',
      'latin1'
    )
    const want = `${unit('K', 'ann')}${unit('R', 'r')}${unit('W', 'whole')}s${unit('P', 30)}${unit('T')}tail`
    const clients: TestClient[] = []
    for (let at = 1; at < stream.length; at++) {
      const client = connect()
      clients.push(client)
      await client.writeSplit(stream, [at])
      client.socket.end()
    }
    await until(() => server.ended.filter(Boolean).length === clients.length, 'all clients to have ended')
    for (const [n] of clients.entries()) expect(server.text(n), `connection ${n}`).toBe(want)
    for (const client of clients) await client.closes()
    for (const client of clients) expect(client.text).toBe('r')
    expect(engine.stats().extensions['ext']).toMatchObject({ counters: { whole: clients.length }, throws: 0 })
  })

  test('megabytes pass on the word of one header', async () => {
    const server = await TestServer.listen()
    const { connect, engine } = await startEngine(around(unitProtocol(SERVER_UNITS), [server]), { runtime: runtime() })
    const client = connect()
    const length = 4 * 1024 * 1024
    // Each of these buys 65538 × 65536 bytes.
    client.socket.write(Buffer.from(head('H', 0xffff), 'latin1'))
    client.socket.write(Buffer.alloc(length, 'y'))
    await until(() => server.received[0]?.length === length + 3, 'all bytes to arrive')
    expect(engine.stats().extensions['ext']!.crossings).toBe(1)
  })
})
