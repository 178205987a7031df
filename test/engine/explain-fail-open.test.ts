// What explain says of clients that the extension is not asked about: those that fail open, and those that are too
// many.
import type { Explanation } from '@weirlb/engine'
import type { ConfigInput } from '@weirlb/model'
import { createRuntime } from '@weirlb/sandbox'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, type EngineBench, loopUntil, startEngine, TestServer } from '../support/engine-bench.ts'
import { lineProtocol, SERVER_LINES } from '../support/line-protocol.ts'
import { unit, unitProtocol } from '../support/unit-protocol.ts'

type Extension = NonNullable<ConfigInput['extensions']>[number]

const ask = async ({ engine }: EngineBench, text: string, side: 'client' | 'server' = 'client'): Promise<Explanation> =>
  await engine.explain({
    userVserver: 'v',
    bytes: Buffer.from(text, 'latin1'),
    side,
    client: { address: '127.0.0.1', port: 50_000 }
  })

const start = async (more: Partial<Extension> = {}, source = lineProtocol(SERVER_LINES)): Promise<EngineBench> => {
  const server = await TestServer.listen(chunk => chunk)
  return await startEngine({
    ...around(source, [server]),
    extensions: [{ name: 'ext', source, limits: { batchTimeoutMs: 250 }, failOpen: true, ...more }]
  }, { runtime: createRuntime() })
}

test('a message that is cut is tunnelled with what comes behind it, to the server that was chosen before', async () => {
  const bench = await start()
  const text = 'hello ann\nloop\nand on'
  const client = bench.connect()
  client.socket.write(text)
  await client.gets(text)
  expect(bench.engine.connections({})).toMatchObject([{
    failedOpen: true,
    phase: 'tunnel',
    service: 's1',
    session: 'ann'
  }])
  expect(await ask(bench, text)).toMatchObject({
    frames: [{ offset: 0, length: 10, decision: { lbVserver: 'lb', service: 's1' } }],
    rest: { offset: 10, length: text.length - 10, why: 'piped' },
    outcome: {
      becomes: 'tunnel',
      failedOpen: true,
      reason: undefined,
      detail: expect.stringMatching(
        /could not say: (it ran longer|the machine was too busy).* \(ext\.ts:\d+:\d+\) \(timeout\)$/
      ) as string,
      service: 's1',
      decision: undefined
    }
  })
  expect((await ask(bench, 'hello ann\n')).outcome).toMatchObject({
    becomes: 'open',
    failedOpen: undefined,
    decision: undefined
  })
})

test('a chunk of a stream that kills the guest, and a client that onConnect is asked about', async () => {
  const looping = unitProtocol().replace("case 'T':", "case 'L': for (;;) {}\n    case 'T':")
  const stream = await start({}, looping)
  const bytes = unit('L')
  expect(await ask(stream, bytes)).toMatchObject({
    frames: [],
    rest: { offset: 0, why: 'piped' },
    outcome: { becomes: 'tunnel', failedOpen: true, service: 's1' }
  })
  const asked = await start({}, lineProtocol('onConnect () { for (;;) {} },'))
  expect(await ask(asked, 'hi\n')).toMatchObject({
    connect: undefined,
    rest: { offset: 0, why: 'piped' },
    outcome: { becomes: 'tunnel', failedOpen: true }
  })
})

test('an answer that kills the guest leaves its client the server that it has', async () => {
  const bench = await start(
    {},
    lineProtocol('server: { framing: frame.lines({ max: 1000 }), onMessage () { for (;;) {} } },')
  )
  expect(await ask(bench, 'answer\n', 'server')).toMatchObject({
    rest: { why: 'piped' },
    outcome: { becomes: 'tunnel', failedOpen: true, service: undefined, decision: undefined }
  })
})

test('while the extension is out of service its clients are tunnelled', async () => {
  const bench = await start({ strikes: { failures: 1, windowSeconds: 60, downSeconds: 60 } })
  await loopUntil(bench.port(), () => bench.states.includes('down'))
  expect(await ask(bench, 'throw\n')).toMatchObject({
    frames: [],
    crossings: 0,
    rest: { offset: 0, length: 6, why: 'piped' },
    outcome: {
      becomes: 'tunnel',
      failedOpen: true,
      detail: expect.stringContaining('out of service') as string,
      service: 's1',
      decision: { by: 'method' }
    }
  })
  bench.engine.setServiceHealth('s1', 'down')
  const none = await ask(bench, 'throw\n')
  expect(none).toMatchObject({
    rest: { why: 'after-end' },
    outcome: {
      becomes: 'closed',
      reason: 'no-service',
      goodbye: undefined,
      failedOpen: true,
      decision: { refusal: 'no-service' }
    }
  })
  const client = bench.connect()
  await client.closes()
  expect(client.text).toBe('')
  await until(() => bench.log.closed.some(({ reason }) => reason === 'no-service'), 'the real one to end alike')
})

test('a client too many is closed before anybody is asked', async () => {
  const bench = await start()
  await bench.apply({
    userVservers: [{
      name: 'v',
      protocol: 'P',
      address: '127.0.0.1',
      port: 0,
      defaultLb: 'lb',
      limits: { maxClients: 1 }
    }]
  })
  expect((await ask(bench, 'hello ann\n')).outcome.becomes).toBe('open')
  const first = bench.connect()
  first.socket.write('hello ann\n')
  await first.gets('hello ann\n')
  expect(await ask(bench, 'hello bob\n')).toMatchObject({
    frames: [],
    rest: { offset: 0, why: 'after-end' },
    crossings: 0,
    outcome: {
      becomes: 'closed',
      reason: 'limit',
      detail: 'maxClients is 1',
      goodbye: undefined,
      failedOpen: undefined
    }
  })
  // Who has been forwarded is in.
  expect((await ask(bench, 'answer\n', 'server')).outcome.becomes).toBe('open')
  const second = bench.connect()
  await second.closes()
  expect(bench.log.lines).toContainEqual(
    expect.objectContaining({ message: 'connection refused', reason: 'limit', detail: 'maxClients is 1' })
  )
})
