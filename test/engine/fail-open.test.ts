import { createRuntime } from '@weirlb/sandbox'
import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import type { ConfigInput } from '@weirlb/model'
import { around, loopUntil, startEngine, TestServer, type EngineBench } from '../support/engine-bench.ts'
import { lineProtocol, SERVER_LINES } from '../support/line-protocol.ts'

type Extension = NonNullable<ConfigInput['extensions']>[number]

const start = async (more: Partial<Extension> = {}, source = lineProtocol(SERVER_LINES)) => {
  const server = await TestServer.listen(chunk => chunk)
  const ext: Extension = { name: 'ext', source, limits: { batchTimeoutMs: 250 }, failOpen: true, ...more }
  const bench = await startEngine({ ...around(source, [server]), extensions: [ext] }, { runtime: createRuntime() })
  return {
    ...bench,
    server,
    extension: (change: Partial<Extension>) => bench.apply({ extensions: [{ ...ext, ...change }] })
  }
}
const stats = ({ engine }: EngineBench) => engine.stats().extensions['ext']!

describe('failOpen', () => {
  test('an undecided connection whose guest is lost is tunnelled with what is held, in order', async () => {
    const bench = await start()
    const client = bench.connect()
    client.socket.write('loop\nhello behind\nand a piece')
    await client.gets('loop\nhello behind\nand a piece')
    client.socket.write(' of a line\nloop\nthrow\n')
    await client.gets(' of a line\nloop\nthrow\n')
    expect(bench.server.text()).toBe('loop\nhello behind\nand a piece of a line\nloop\nthrow\n')
    expect(bench.engine.connections({})).toMatchObject([{ failedOpen: true, phase: 'tunnel', session: undefined }])
    expect(stats(bench)).toMatchObject({ failedOpen: 1, throws: 0, rebuilds: 0 })
    // The connection and the strike, where there was one.
    const { timeouts, starved, versions } = stats(bench)
    expect(timeouts + starved).toBe(1)
    expect(versions[bench.engine.connections({})[0]!.version]).toMatchObject({ errors: 1 + timeouts })
    expect(bench.log.lines.filter(l => l.message === 'connection fails open')).toMatchObject([{
      level: 'warn',
      reason: 'extension-error'
    }])
    client.socket.end()
    await client.closes()
    expect(await bench.log.ends()).toMatchObject([{ reason: 'client-closed', failedOpen: true }])
  })

  test('one that has its server keeps it; what was rewritten stays so, what follows is not', async () => {
    const bench = await start()
    const client = bench.connect()
    client.socket.write('hello a\nreplace x\ndrop\n')
    await client.gets('hello a\n<x>\n')
    client.socket.write('loop\nreplace y\n')
    await client.gets('loop\nreplace y\n')
    expect(bench.server.text()).toBe('hello a\n<x>\nloop\nreplace y\n')
    expect(bench.server.sockets).toHaveLength(1)
  })

  test('a tunnel is not touched', async () => {
    const bench = await start()
    const [tunnel, looper] = [bench.connect(), bench.connect()]
    tunnel.socket.write('tunnel t\n')
    await tunnel.gets('tunnel t\n')
    looper.socket.write('loop\n')
    await looper.gets('loop\n')
    tunnel.socket.write('on\n')
    await tunnel.gets('on\n')
    expect(bench.engine.connections({}).map(c => c.failedOpen).sort()).toEqual([false, true])
  })

  test('a client that onConnect was asked about passes unasked', async () => {
    const bench = await start({}, lineProtocol('onConnect () { for (;;) {} },'))
    const client = bench.connect()
    client.socket.write('hi\n')
    await client.gets('hi\n')
    expect(stats(bench)).toMatchObject({ failedOpen: 1 })
  })

  test('while the extension is out of service new clients go to a server by the method alone, before they said a word; then it is back', async () => {
    const bench = await start({ strikes: { failures: 1, downSeconds: 0.5 } })
    const loopers = await loopUntil(bench.port(), () => bench.states.includes('down'))
    const silent = bench.connect()
    await until(() => bench.server.sockets.length === loopers + 1, 'the server to have the client')
    expect(stats(bench)).toMatchObject({ failedOpen: loopers + 1, down: 1, strikes: 1 })
    expect(stats(bench).downUntil).toBeGreaterThan(Date.now() - 5000)
    silent.socket.write('throw\n')
    await silent.gets('throw\n')
    await until(() => bench.states.includes('up'), 'it to be back')
    expect(stats(bench)).toMatchObject({ up: 1, down: 0, downUntil: 0 })
    const judged = bench.connect()
    judged.socket.write('reply served\n')
    await judged.gets('reply served\n')
    expect(stats(bench).failedOpen).toBe(loopers + 1)
  })

  test('an answer is an answer: what throws, is malformed or is rejected ends', async () => {
    const bench = await start()
    for (const word of ['throw', 'malformed', 'reject', 'garbage']) {
      const client = bench.connect()
      client.socket.write(`${word}\n`)
      await client.closes()
    }
    expect((await bench.log.ends(4)).map(l => l['reason'])).toEqual([
      'extension-error',
      'protocol-error',
      'rejected',
      'extension-error'
    ])
    expect([stats(bench).failedOpen, bench.server.sockets]).toEqual([0, []])
  })

  test('is switched on and off while clients are connected, without loading anything', async () => {
    const bench = await start({ failOpen: false })
    const [first, second] = [bench.connect(), bench.connect()]
    for (const client of [first, second]) {
      client.socket.write('hello x\n')
      await client.gets('hello x\n')
    }
    await bench.extension({ failOpen: true })
    first.socket.write('loop\n')
    await first.gets('loop\n')
    second.socket.write('drop\nreplace asked\n')
    await second.gets('<asked>\n')
    expect(stats(bench)).toMatchObject({ failedOpen: 1, rebuilds: 0 })
    await bench.extension({ failOpen: false })
    const third = bench.connect()
    third.socket.write('loop\n')
    await third.closes()
  })
})
