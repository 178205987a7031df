import { createRuntime } from '@weirlb/sandbox'
import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { around, loopUntil, startEngine, TestClient, TestServer, twoServers } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { FakeTransport } from '../support/fake-transport.ts'
import { lineProtocol, SERVER_LINES } from '../support/line-protocol.ts'

const PROTOCOL = lineProtocol(SERVER_LINES)

describe('an extension that fails', () => {
  // Long enough for what an honest batch may take on a busy machine: the time is the wall clock's.
  const EATING = PROTOCOL.replace("case 'loop':", "case 'eat': { const all: unknown[] = []; for (;;) all.push(new Array(1000).fill(1.5)) }\n        case 'loop':")
  const sandboxed = async (source: string, limits: object = { batchTimeoutMs: 1000, heapMb: 16 }) => {
    const server = await TestServer.listen(chunk => chunk)
    const runtime = createRuntime()
    const config = around(source, [server])
    const bench = await startEngine({
      ...config,
      extensions: [{ name: 'ext', source, limits }, { name: 'calm', source: PROTOCOL, limits }],
      userProtocols: [...config.userProtocols!, { name: 'Q', transport: 'tcp', extension: 'calm' }],
      userVservers: [...config.userVservers!, {
        name: 'w',
        protocol: 'Q',
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'lb'
      }]
    }, { runtime })
    return { ...bench, server }
  }

  test('a guest that is lost takes its undecided clients with it; tunnels and other vservers live, and it is back', async () => {
    const { connect, log, states, engine } = await sandboxed(EATING)
    const tunnel = connect()
    tunnel.socket.write('tunnel t\n')
    await tunnel.gets('tunnel t\n')
    const inspected = connect()
    inspected.socket.write('hello i\n')
    await inspected.gets('hello i\n')
    const neighbour = connect('w')
    neighbour.socket.write('hello n\n')
    await neighbour.gets('hello n\n')

    const eater = connect()
    eater.socket.write('eat\n')
    await eater.closes()
    await inspected.closes()
    await until(() => states.includes('up'), 'the extension to be back')
    expect((await log.ends(2)).map(l => l['reason'])).toEqual(['extension-error', 'extension-error'])
    tunnel.socket.write('through\n')
    await tunnel.gets('through\n')
    neighbour.socket.write('judged\n')
    await neighbour.gets('judged\n')
    const next = connect()
    next.socket.write('hello again\n')
    await next.gets('hello again\n')
    expect(engine.stats().extensions['ext']).toMatchObject({ up: 1, rebuilds: 1, memoryKills: 1 })
  })

  test('a client that comes while the extension is being loaded again waits for it', async () => {
    const { connect, states } = await sandboxed(EATING)
    const eater = connect()
    eater.socket.write('eat\n')
    await until(() => states.includes('rebuilding'), 'the failure')
    const patient = connect()
    patient.socket.write('hello p\n')
    await patient.gets('hello p\n')
  })

  test('five failures in a minute take it out of service; clients are refused at once', async () => {
    const { connect, engine, log, states, port } = await sandboxed(PROTOCOL, { batchTimeoutMs: 100 })
    expect(await loopUntil(port(), () => states.includes('down'))).toBeGreaterThanOrEqual(5)
    const client = connect()
    await client.closes()
    await until(() => log.closed.some(l => l['reason'] === 'extension-down'), 'the log line')
    expect(engine.stats().extensions['ext']).toMatchObject({ up: 0, down: 1, timeouts: 5, strikes: 5 })
    const neighbour = connect('w')
    neighbour.socket.write('hello n\n')
    await neighbour.gets('hello n\n')
  })
})

describe('changes', () => {
  test('a revision that fails halfway gives back what it had opened, and the next one may come', async () => {
    const transport = new FakeTransport()
    const { apply, engine } = await startEngine(around(PROTOCOL, [{ port: 1 }]), { transport })
    const vserver = (name: string, port: number) => ({
      name,
      protocol: 'P',
      address: '127.0.0.1',
      port,
      defaultLb: 'lb'
    })
    await apply({ userVservers: [vserver('v', 0), vserver('w', 7001)] })
    const taken = await transport.listen({ address: '127.0.0.1', port: 7003, reusePort: false }, { onLink () {} })
    const before = [...transport.listening.keys()]
    await expect(apply({ userVservers: [vserver('v', 0), vserver('w', 7002), vserver('x', taken.port)] })).rejects
      .toMatchObject({ code: 'address-taken' })
    expect([...transport.listening.keys()]).toEqual(before)
    expect(Object.keys(engine.stats().userVservers)).toEqual(['v', 'w'])
    await apply({ userVservers: [vserver('v', 0), vserver('x', 7001)] })
    expect([...transport.listening.keys()]).toEqual(before)
  })

  test('a change that cannot be bound is refused, and everything runs on', async () => {
    const server = await TestServer.listen(chunk => chunk)
    const bench = await startEngine(around(PROTOCOL, [server]))
    const client = bench.connect()
    client.socket.write('hello\n')
    await client.gets('hello\n')
    const taken = await TestServer.listen()
    await expect(bench.apply({
      userVservers: [
        { name: 'v', protocol: 'P', address: '127.0.0.1', port: await freePort(), defaultLb: 'lb' },
        { name: 'x', protocol: 'P', address: '127.0.0.1', port: taken.port, defaultLb: 'lb' }
      ]
    })).rejects.toMatchObject({ code: 'address-taken', message: expect.stringContaining(String(taken.port)) })
    const second = bench.connect()
    second.socket.write('hello again\n')
    await second.gets('hello again\n')
    client.socket.write('still\n')
    await client.gets('still\n')
  })

  test.each([
    ['no default export', 'export const x = 1', 'extension-no-default'],
    ['a loop at load time', 'for (;;) {}', 'extension-load'],
    ['another API version', lineProtocol().replace('api: 1', 'api: 2'), 'extension-api'],
    ['a framing without max', lineProtocol().replace('frame.lines({ max: 1000 })', "{ kind: 'delimiter', bytes: [10], atEnd: 'drop' }"), 'extension-invalid']
  ])('an extension with %s is refused, and the version before it serves', async (_, source, code) => {
    const server = await TestServer.listen(chunk => chunk)
    const bench = await startEngine(around(PROTOCOL, [server]), { runtime: createRuntime() })
    await expect(bench.apply({ extensions: [{ name: 'ext', source }] })).rejects.toMatchObject({ code })
    const client = bench.connect()
    client.socket.write('hello\n')
    await client.gets('hello\n')
  })

  test('parameters that do not match the declaration are refused by name', async () => {
    const bench = await startEngine(around(PROTOCOL, []))
    await expect(bench.apply({
      userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', params: { speed: 3 } }]
    })).rejects.toMatchObject({ code: 'params-invalid', issues: [{ path: 'userVservers[0].params.speed' }] })
  })

  test('a replaced extension serves new connections; old ones keep the version they have', async () => {
    const server = await TestServer.listen(chunk => chunk)
    const bench = await startEngine(around(lineProtocol(), [server]), { runtime: createRuntime() })
    const old = bench.connect()
    old.socket.write('hello\n')
    await old.gets('hello\n')
    await bench.apply({ extensions: [{ name: 'ext', source: lineProtocol().replace("'<' + rest", "'new <' + rest") }] })
    const young = bench.connect()
    young.socket.write('replace x\n')
    await young.gets('new <x>\n')
    old.socket.write('replace x\n')
    await old.gets('\n<x>\n')
    expect(bench.engine.stats().extensions['ext']!.up).toBe(2)
    old.socket.end()
    await old.closes()
    await until(
      () => bench.engine.stats().extensions['ext']!.up === 1,
      'the old version to go with its last connection'
    )
  })

  test('moving a vserver to another port keeps its clients; removing it tells them', async () => {
    const server = await TestServer.listen(chunk => chunk)
    const bench = await startEngine(around(PROTOCOL, [server]))
    const before = bench.port()
    const client = bench.connect()
    client.socket.write('hello\n')
    await client.gets('hello\n')
    const port = await freePort()
    await bench.apply({ userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port, defaultLb: 'lb' }] })
    expect(bench.port()).toBe(port)
    const late = new TestClient(before)
    await late.closes()
    expect(late.error?.code).toBe('ECONNREFUSED')
    client.socket.write('still\n')
    await client.gets('still\n')
    await bench.apply({ userVservers: [] })
    await client.closes()
    expect(client.text).toContain('goodbye draining')
  })

  test('an address may go from one vserver to another in one change', async () => {
    const servers = await twoServers()
    const port = await freePort()
    const bench = await startEngine(around(PROTOCOL, servers, {
      lbVservers: [{ name: 'lb', services: [{ name: 's1' }] }, { name: 'lb2', services: [{ name: 's2' }] }],
      userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port, defaultLb: 'lb' }]
    }))
    await bench.apply({
      userVservers: [{ name: 'other', protocol: 'P', address: '127.0.0.1', port, defaultLb: 'lb2' }]
    })
    const client = bench.connect('other')
    client.socket.write('hello\n')
    await client.gets('two\n')
  })
})
