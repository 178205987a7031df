// Explain and a real client, side by side: the same bytes end a connection for the same reason, in the same words.
import type { Explanation } from '@weirlb/engine'
import { createRuntime } from '@weirlb/sandbox'
import { expect, test } from 'vitest'
import { around, type EngineBench, startEngine, TestServer } from '../support/engine-bench.ts'
import { lineProtocol, SERVER_LINES } from '../support/line-protocol.ts'
import { head, SERVER_UNITS, unit, unitProtocol } from '../support/unit-protocol.ts'

interface Ending { readonly reason: unknown, readonly detail: unknown, readonly words: string }

const ask = async (
  { engine }: EngineBench,
  bytes: string,
  side: 'client' | 'server' = 'client'
): Promise<Explanation> =>
  await engine.explain({
    userVserver: 'v',
    bytes: Buffer.from(bytes, 'latin1'),
    side,
    client: { address: '127.0.0.1', port: 50_000 }
  })

const explained = async (bench: EngineBench, bytes: string, side: 'client' | 'server' = 'client'): Promise<Ending> => {
  const { outcome: { reason, detail, goodbye = '' } } = await ask(bench, bytes, side)
  return { reason, detail, words: Buffer.from(goodbye, 'hex').toString('latin1') }
}

/** How a client that says this ends; `before` is what it gets before the end. */
const real = async (bench: EngineBench, bytes: string, before = ''): Promise<Ending> => {
  const count = bench.log.closed.length + 1
  const client = bench.connect()
  client.socket.write(Buffer.from(bytes, 'latin1'))
  await client.closes()
  const { reason, detail } = (await bench.log.ends(count)).at(-1)!
  expect(client.text.startsWith(before)).toBe(true)
  return { reason, detail, words: client.text.slice(before.length) }
}

const servers = async (
  answer = 'ok\n'
): Promise<TestServer[]> => [await TestServer.listen(() => Buffer.from(answer, 'latin1'))]
/** So little may wait. */
const LIMIT = 4096
const narrow = { userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', limits: { bufferedBytes: LIMIT } }] }
const BYE = "goodbye: reason => encodeUtf8('bye ' + reason),"

test.each(['bufferedBytes', 'heldBytes'])('a stream that needs more than %s lets wait', async limit => {
  const source = unitProtocol(BYE)
  const held = { extensions: [{ name: 'ext', source, limits: { heldBytes: LIMIT } }] }
  const bench = await startEngine(around(source, await servers(), limit === 'heldBytes' ? held : narrow))
  const bytes = head('W', LIMIT) + 'xx'
  const ending = await explained(bench, bytes)
  expect(ending).toEqual({
    reason: 'protocol-error',
    detail: `the extension needs ${LIMIT + 3} bytes at once; at most ${LIMIT} may wait (bufferedBytes, heldBytes)`,
    words: 'bye protocol-error'
  })
  expect(ending).toEqual(await real(bench, bytes))
  expect(await ask(bench, bytes)).toMatchObject({
    frames: [{ length: 5, answer: { verdict: { op: 'more', count: LIMIT - 2 } } }],
    rest: undefined,
    outcome: { becomes: 'closed' }
  })
  expect((await ask(bench, head('W', LIMIT - 3))).outcome.becomes).toBe('waiting')
})

test('a stream that needs more than enters at once', async () => {
  const bench = await startEngine(around(unitProtocol(BYE), await servers()))
  const bytes = unit('P', 1) + head('G', 13)
  expect(await explained(bench, bytes)).toEqual(await real(bench, bytes))
  expect((await explained(bench, bytes)).reason).toBe('protocol-error')
})

test('a server that says what cannot be gone on with', async () => {
  const bench = await startEngine(around(unitProtocol(SERVER_UNITS), await servers(head('W', LIMIT)), narrow))
  const ending = await explained(bench, head('W', LIMIT), 'server')
  expect(ending).toMatchObject({
    reason: 'protocol-error',
    detail: expect.stringMatching(/^from the server: the extension needs 4099 bytes/) as string
  })
  expect(ending).toEqual(await real(bench, unit('P', 1)))
})

test('last words of a client whose first frame is refused', async () => {
  const tooLong = 'x'.repeat(1001)
  const bench = await startEngine(around(lineProtocol(), await servers()))
  expect(await explained(bench, tooLong)).toEqual({
    reason: 'protocol-error',
    detail: 'a frame is larger than its maximum of 1000 bytes',
    words: 'goodbye protocol-error after 0\n'
  })
  expect(await real(bench, tooLong)).toEqual(await explained(bench, tooLong))
  const known = `drop\n${tooLong}`
  expect((await explained(bench, known)).words).toBe('goodbye protocol-error after 1\n')
  expect(await real(bench, known)).toEqual(await explained(bench, known))

  const told = await startEngine(around(lineProtocol('onConnect () {},'), await servers()))
  expect((await explained(told, tooLong)).words).toBe('goodbye protocol-error after 0\n')
  expect(await real(told, tooLong)).toEqual(await explained(told, tooLong))
})

test('a frame that nobody is asked about, and no server for it', async () => {
  const unasked = lineProtocol().replace(
    'framing: frame.lines({ max: 1000 }),',
    'framing: frame.lines({ max: 1000 }), only: { at: 0, mask: 255, in: [104] },'
  )
  const bench = await startEngine(
    around(unasked, [], {
      services: [{ name: 's1', address: '127.0.0.1', port: 1 }],
      lbVservers: [{ name: 'lb', services: [{ name: 's1' }] }]
    })
  )
  bench.engine.setServiceHealth('s1', 'down')
  expect(await explained(bench, 'x\nhello ann\n')).toMatchObject({
    reason: 'no-service',
    words: 'goodbye no-service after 0\n'
  })
  expect(await real(bench, 'x\nhello ann\n')).toEqual(await explained(bench, 'x\nhello ann\n'))
  expect((await explained(bench, 'hello ann\n')).words).toBe('goodbye no-service after 1\n')
  expect(await real(bench, 'hello ann\n')).toEqual(await explained(bench, 'hello ann\n'))
})

test('last words after a server has answered say so', async () => {
  const tooLong = 'x'.repeat(1001)
  const bench = await startEngine(around(lineProtocol(SERVER_LINES), await servers(tooLong)))
  const ending = await explained(bench, tooLong, 'server')
  expect(ending).toEqual({
    reason: 'protocol-error',
    detail: 'from the server: a frame is larger than its maximum of 1000 bytes',
    words: 'goodbye protocol-error after 0 answered\n'
  })
  expect(await real(bench, 'hello ann\n')).toEqual({ ...ending, words: 'goodbye protocol-error after 1 answered\n' })
})

test('last words that are never found', async () => {
  const source = unitProtocol('goodbye: () => { for (;;) {} },')
  const bench = await startEngine(
    around(source, await servers(), { extensions: [{ name: 'ext', source, limits: { batchTimeoutMs: 250 } }] }),
    { runtime: createRuntime() }
  )
  expect(await explained(bench, unit('B'))).toMatchObject({ reason: 'protocol-error', words: '' })
  expect(await real(bench, unit('B'))).toEqual(await explained(bench, unit('B')))
})
