import { untilStill } from '@weirlb/link/testing'
import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { lineProtocol } from '../support/line-protocol.ts'

describe('flow control', () => {
  test('a server that does not read stops the client, and everything arrives when it does', async () => {
    const server = await TestServer.listen()
    const { connect, engine } = await startEngine(around(lineProtocol(), [server]))
    const total = 30_000_000
    for (const first of ['tunnel\n', 'hello\n']) {
      const i = server.sockets.length
      const client = connect()
      client.socket.write(first)
      await until(() => server.text(i) === first, 'the first line')
      server.sockets[i]!.pause()
      // Long lines: it is about bytes, and a third of a million messages would be a test of the machine.
      client.socket.write(Buffer.alloc(total, `${'x'.repeat(799)}\n`))
      const last = await untilStill(() => {
        const now = engine.connections({ })[0]!.bytesIn
        return now > 0 ? now : undefined
      }, 'the client to be stopped')
      // The kernel's own buffers hold some megabytes on loopback; the rest is the client's.
      expect(last).toBeLessThan(total)
      server.received[i] = Buffer.alloc(0)
      let got = 0
      server.sockets[i]!.removeAllListeners('data').on('data', chunk => { got += chunk.length }).resume()
      await until(() => got >= total, 'the rest')
      expect(got).toBe(total)
      client.socket.destroy()
      await until(() => engine.connections({}).length === 0, 'the connection to be gone')
    }
  })

  test('what waits for a server is bounded', async () => {
    const port = await freePort()
    // A listening socket whose queue is full answers no SYN; a server that is slow to accept looks the same to the
    // client: nothing moves.
    const { connect, engine } = await startEngine(
      around(lineProtocol(), [{ port }], {
        userVservers: [{
          name: 'v',
          protocol: 'P',
          address: '127.0.0.1',
          port: 0,
          defaultLb: 'lb',
          limits: { bufferedBytes: 65_536 }
        }]
      }),
      { sessions: { claim () {}, find () {}, pin () {}, release () {} } }
    )
    const client = connect()
    client.socket.write('tunnel me\n')
    client.socket.write(Buffer.alloc(20_000_000, 'x'))
    const last = await untilStill(() => {
      const now = engine.connections({})[0]?.bytesIn ?? 0
      return now > 0 ? now : undefined
    }, 'the client to be stopped')
    expect(last).toBeLessThan(65_536 + 2 * 65_536)
  })
})
