// What explain says of streams, of per-message protocols, of canaries and of extensions that are down.
import type { Explanation } from '@weirlb/engine'
import { createRuntime } from '@weirlb/sandbox'
import { expect, test } from 'vitest'
import { around, type EngineBench, loopUntil, startEngine, TestServer } from '../support/engine-bench.ts'
import { lineProtocol } from '../support/line-protocol.ts'
import { perMessageProtocol } from '../support/per-message-protocol.ts'
import { head, SERVER_UNITS, unit, unitProtocol } from '../support/unit-protocol.ts'

const ask = async ({ engine }: EngineBench, text: string, side: 'client' | 'server' = 'client'): Promise<Explanation> =>
  await engine.explain({
    userVserver: 'v',
    bytes: Buffer.from(text, 'latin1'),
    side,
    client: { address: '127.0.0.1', port: 50_000 }
  })
const two = async (): Promise<
  TestServer[]
> => [await TestServer.listen(() => 'one\n'), await TestServer.listen(() => 'two\n')]

/** Frames as `[offset, length, op, count]`. */
const verdicts = ({ frames }: Explanation): unknown[] =>
  frames.map(({ offset, length, answer }) => [offset, length, answer!.verdict.op, answer!.verdict.count])

test('a stream: a frame for each pass, and for what is left', async () => {
  const bench = await startEngine(around(unitProtocol(SERVER_UNITS), await two()))
  const answer = await ask(bench, unit('D', 2) + unit('K', 'ann') + unit('R', 1) + unit('W', 4) + head('W', 9) + 'xx')
  expect(verdicts(answer)).toEqual([[0, 5, 'drop', 5], [5, 6, 'pass', 6], [11, 4, 'pass', 4], [15, 7, 'pass', 7], [22, 5, 'more', 7]])
  expect(answer.frames.map(({ seen, why }) => [seen, why])).toEqual(answer.frames.map(() => [true, 'stream']))
  expect(answer.frames[1]).toMatchObject({
    answer: { verdict: { token: 'ann', session: 'ann', at: expect.stringMatching(/^ext\.ts:\d+:\d+$/) as string } },
    decision: { service: 's1' }
  })
  expect(answer.frames[2]).toMatchObject({
    answer: { verdict: { token: undefined }, effects: [{ kind: 'reply', bytes: '72' }] },
    decision: undefined
  })
  expect(answer).toMatchObject({
    rest: undefined,
    counters: { whole: 1 },
    crossings: 1,
    outcome: { becomes: 'open', service: 's1' }
  })
  expect((await ask(bench, 'P')).outcome.becomes).toBe('waiting')
  expect(verdicts(await ask(bench, unit('W', 2), 'server'))).toEqual([[0, 5, 'pass', 5]])
})

test('a stream: credit, pipes, and what ends it', async () => {
  const bench = await startEngine(
    around(unitProtocol(`${SERVER_UNITS} goodbye: () => encodeUtf8('bye'),`), await two())
  )
  const credit = await ask(bench, head('P', 50_000) + 'x')
  expect([verdicts(credit), credit.rest, credit.outcome.becomes]).toEqual([
    [[0, 50_003, 'pass', 50_003]],
    undefined,
    'open'
  ])
  expect(await ask(bench, unit('P', 1) + unit('T') + 'and so on')).toMatchObject({
    frames: [{ length: 4 }, { offset: 4, length: 12, answer: { verdict: { op: 'pipe', then: 'pipe' } } }],
    outcome: { becomes: 'pipe' }
  })
  expect(await ask(bench, unit('U'))).toMatchObject({
    frames: [{ answer: { verdict: { op: 'pipe', then: 'tunnel', token: 'all' } }, decision: { service: 's1' } }],
    outcome: { becomes: 'tunnel', service: 's1' }
  })
  expect(await ask(bench, unit('P', 1) + unit('J'))).toMatchObject({
    frames: [{ length: 4 }, { answer: { verdict: { op: 'reject', why: 'told to', reply: '6e6f' } } }],
    outcome: { becomes: 'closed', reason: 'rejected' }
  })
  expect(await ask(bench, unit('P', 1) + unit('X'))).toMatchObject({
    frames: [{ length: 4 }, { answer: { verdict: { op: 'threw' }, effects: [] } }],
    outcome: { reason: 'extension-error', goodbye: '627965' }
  })
  expect(await ask(bench, unit('V', 'none'))).toMatchObject({
    frames: [{ answer: { verdict: { via: 'none' } } }],
    outcome: { reason: 'extension-error' }
  })
  // More verdicts than one answer holds.
  const many = await ask(bench, unit('P', 1).repeat(900))
  expect(many.frames).toHaveLength(900)
  expect(many.crossings).toBeGreaterThan(1)
})

test('per message: each is explained as if it came next', async () => {
  const bench = await startEngine(around(perMessageProtocol('none'), await two(), {
    lbVservers: [{ name: 'lb', services: [{ name: 's1' }, { name: 's2' }] }]
  }))
  const answer = await ask(bench, 'token a\ndrop\nplain\nreject x\nplain\n')
  expect(answer.frames.map(({ answer, decision }) => [answer!.verdict.op, decision?.service])).toEqual([
    ['forward', 's1'],
    ['drop', undefined],
    ['forward', 's1'],
    ['reject', undefined]
  ])
  expect(answer).toMatchObject({
    rest: { offset: 28, why: 'after-end' },
    outcome: { becomes: 'closed', reason: 'rejected' }
  })
})

test('beside a canary: it is about the version of most, and says so', async () => {
  const source = (op: string): string => lineProtocol().replace("default: return forward()", `default: return ${op}`)
  const extension = { name: 'ext', source: source('drop()') }
  const bench = await startEngine(
    around(source('drop()'), await two(), {
      extensions: [{ ...extension, canary: { source: source('forward()'), percent: 50 } }]
    })
  )
  const answers = await Promise.all(Array.from({ length: 4 }, async () => await ask(bench, 'x\n')))
  for (const answer of answers)
    expect(answer).toMatchObject({
      version: answer.version,
      canary: answer.version! + 1,
      frames: [{ answer: { verdict: { op: 'drop' } } }]
    })
  await bench.apply({ extensions: [extension] })
  expect((await ask(bench, 'x\n')).canary).toBeUndefined()
})

test('an extension that is down explains nothing', async () => {
  const bench = await startEngine(
    around(lineProtocol(), await two(), {
      extensions: [{
        name: 'ext',
        source: lineProtocol(),
        limits: { batchTimeoutMs: 100 },
        strikes: { failures: 1, windowSeconds: 60, downSeconds: 60 }
      }]
    }),
    { runtime: createRuntime() }
  )
  await loopUntil(bench.port(), () => bench.states.includes('down'))
  await expect(ask(bench, 'hello\n')).rejects.toMatchObject({ code: 'extension-down', retry: true })
})
