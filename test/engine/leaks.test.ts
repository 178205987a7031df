// After many connections, however they ended, nothing is left of them: in the process, in the engine or in the guest.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { LocalSessionDirectory } from '@weirlb/engine'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, type EngineBench, startEngine, TestClient, TestServer } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

const SOURCE = `
import { defineProtocol, drop, encodeUtf8, forward, frame, Malformed, reject } from '@weirlb/sdk'
let living = 0
export default defineProtocol({
  name: 'x', api: 1, balance: 'per-connection',
  state: () => { living++; return {} },
  client: {
    framing: frame.lines({ max: 100 }),
    onMessage (message, ctx) {
      const [word, key] = message.text().trim().split(' ')
      switch (word) {
        case 'living': ctx.reply(encodeUtf8(living + '\\n')); return drop()
        case 'reject': return reject('told to', encodeUtf8('no\\n'))
        case 'throw': throw new Error('told to throw')
        case 'malformed': throw new Malformed('told to be malformed')
        case 'nowhere': return forward({ via: 'nowhere' })
        case 'dead': return forward({ via: 'dead' })
        case 'tunnel': return forward({ session: key, then: 'tunnel' })
        default: return forward({ session: key })
      }
    }
  },
  server: { framing: frame.lines({ max: 100 }) },
  goodbye: reason => encodeUtf8('goodbye ' + reason + '\\n'),
  onClose: () => { living-- }
})`

/** How a client may end; answers when it is over. */
const endings: Record<string, (bench: EngineBench, client: TestClient, n: number) => Promise<void>> = {
  'at once': async (_, client) => { client.socket.once('connect', () => { client.socket.destroy() }) },
  'in a message': async (_, client) => { client.socket.end('half a') },
  reset: async (_, client) => {
    client.socket.write('hello\n')
    await client.gets('hello\n')
    client.socket.resetAndDestroy()
  },
  tunnel: async (_, client, n) => {
    client.socket.write(`tunnel k${n}\n`)
    await client.gets('tunnel')
    client.socket.end()
  },
  'while choosing': async (_, client, n) => {
    client.socket.write(`hello k${n}\n`, () => { client.socket.resetAndDestroy() })
  },
  killed: async (bench, client, n) => {
    client.socket.write(`hello k${n}\n`)
    await client.gets('hello')
    for (const { id, session } of bench.engine.connections({ session: `k${n}` }))
      if (session === `k${n}`) bench.engine.kill(id)
  },
  reject: async (_, client) => { client.socket.write('reject\n') },
  throw: async (_, client) => { client.socket.write('throw\n') },
  malformed: async (_, client) => { client.socket.write('malformed\n') },
  'too long': async (_, client) => { client.socket.write('x'.repeat(200)) },
  'bad via': async (_, client) => { client.socket.write('nowhere\n') },
  'dial failed': async (_, client) => { client.socket.write('dead\n') }
}

test('2000 connections of mixed endings leave nothing behind', async () => {
  const server = await TestServer.listen(chunk => chunk)
  const sessions = new LocalSessionDirectory()
  const bench = await startEngine(around(SOURCE, [server, { port: await freePort() }], {
    lbVservers: [
      { name: 'lb', services: [{ name: 's1' }], persistence: { type: 'user-session' } },
      { name: 'dead', services: [{ name: 's2' }] }
    ],
    userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', lbVservers: ['dead'] }]
  }), { sessions })
  const kinds = Object.values(endings)
  let logged = 0
  const round = async (count: number): Promise<void> => {
    await Promise.all(Array.from({ length: 40 }, async (_, lane) => {
      for (let n = lane; n < count; n += 40) {
        const client = new TestClient(bench.port())
        await kinds[n % kinds.length]!(bench, client, n)
        await client.closes()
      }
    }))
    await until(() => bench.engine.connections({}).length === 0, 'the engine to have none')
    logged += bench.log.closed.length
    bench.log.lines.length = 0
    expect(logged).toBe(bench.engine.stats().userVservers['v']!.accepted)
    for (const socket of server.sockets.splice(0)) socket.destroy()
    server.received.length = server.ended.length = 0
    for (const entry of sessions.table.list({})) expect(entry.connections).toBe(0)
    sessions.table.delete({})
  }
  const resources = (): string =>
    process.getActiveResourcesInfo().filter(name => /TCP|Timeout|Immediate/.test(name)).sort().join()
  const settled = async (): Promise<number> => {
    let last = Infinity
    for (let i = 0; i < 4; i++) {
      await new Promise(resolve => { setImmediate(resolve) })
      gc()
      last = Math.min(last, process.memoryUsage().heapUsed)
    }
    return last
  }

  await round(400)
  await until(() => !resources().includes('TCPSocketWrap'), 'the sockets of the first round to be gone')
  const before = { heap: await settled(), resources: resources() }
  await round(2000)
  await until(
    () => resources() === before.resources,
    `the process to hold ${before.resources}, it holds ${resources()}`
  )
  // 2000 connections that left 500 bytes each would be a megabyte.
  expect(await settled() - before.heap).toBeLessThan(1_000_000)

  const stats = bench.engine.stats()
  expect(stats.userVservers['v']!.connections).toBe(0)
  expect(Object.values(stats.userVservers['v']!.closed).reduce((a, b) => a + b)).toBe(stats.userVservers['v']!.accepted)
  expect(Object.values(stats.services).map(s => s.connections)).toEqual([0, 0])
  const last = bench.connect()
  last.socket.write('living\n')
  await last.gets('\n')
  expect(last.text).toBe('1\n')
})
