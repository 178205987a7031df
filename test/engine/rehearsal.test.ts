// Rehearsals: one stage for many of them, and what they say beside what a client on a socket meets.
import { encodeUtf8 } from '@weirlb/sdk'
import { userVserver } from '@weirlb/model'
import { Routes, SoleServer, Stage, type AnswerReader, type Rehearsal } from '@weirlb/engine/rehearsal'
import { drive, load } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, type EngineBench, startEngine, TestServer } from '../support/engine-bench.ts'
import { lineProtocol, SERVER_LINES } from '../support/line-protocol.ts'
import { perMessageProtocol } from '../support/per-message-protocol.ts'

const client = { address: '127.0.0.1', port: 50_000 }
const lb = new SoleServer('lb')

const stageOf = async (source: string): Promise<Stage> => {
  const { guest } = await load({ source }, 'in-process')
  const config = userVserver.parse({ name: 'v', protocol: 'P', port: 0, defaultLb: 'lb' })
  const options = { mode: 'loop', heapMb: 64, batchTimeoutMs: 1000, originatedBytes: 256 * 1024 } as const
  const stage = new Stage({ config, routing: new Routes(lb, new Map()) }, { name: 'ext', options, failOpen: false, maxHeldBytes: 1 << 20, wantsSites: false }, guest)
  stage.host.describeVserver(stage.index, { name: 'v', params: {}, startTls: false })
  return stage
}

const opOf = ({ op }: AnswerReader): number => op
const text = (parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString()

const say = (rehearsal: Rehearsal<number>, said: string): void => {
  rehearsal.settle()
  rehearsal.clientSays(encodeUtf8(said))
  rehearsal.settle()
}

test('rehearsals on one stage know nothing of each other, however they end', async () => {
  const stage = await stageOf(lineProtocol('onClose () {},'))
  const play = (said: string): object => {
    const rehearsal = stage.rehearse(client, opOf)
    try {
      say(rehearsal, said)
      const { forwarded, returned, closed, counters, judgements, crossings } = rehearsal.transcript
      return {
        forwarded: text(forwarded),
        returned: text(returned),
        closed: closed?.reason,
        counters: { ...counters },
        judgements,
        crossings,
        slot: rehearsal.connection.slot
      }
    } finally {
      rehearsal.end()
    }
  }
  const streams = [
    'hello ann\ncount c\n',
    'throw\n',
    'tunnel ann\nand more',
    'reject me\n',
    'half a li',
    'x'.repeat(1001)
  ]
  const first = streams.map(play)
  expect(first[0]).toMatchObject({
    forwarded: 'hello ann\ncount c\n',
    counters: { c: 1 },
    closed: undefined,
    crossings: 1,
    slot: 0
  })
  for (let n = 0; n < 200; n++) expect(play(streams[n % streams.length]!)).toEqual(first[n % streams.length])
  expect(stage.host.account.counts.connections).toBe(0)
  expect(stage.ticks.isDue).toBe(false)
  stage.dispose()
})

test('a goodbye can be asked for behind the end, and before it without an end', async () => {
  const stage = await stageOf(lineProtocol())
  for (const [said, closed] of [['hello ann\n', undefined], ['throw\n', 'extension-error']] as const) {
    const rehearsal = stage.rehearse(client, opOf)
    say(rehearsal, said)
    rehearsal.askGoodbye('draining')
    rehearsal.settle()
    expect(text([rehearsal.transcript.goodbye!])).toBe('goodbye draining after 1\n')
    expect(rehearsal.transcript.closed?.reason).toBe(closed)
    rehearsal.end()
  }
  stage.dispose()
})

const explained = async (
  { engine }: EngineBench,
  bytes: string,
  side: 'client' | 'server' = 'client'
): ReturnType<EngineBench['engine']['explain']> =>
  await engine.explain({ userVserver: 'v', bytes: Buffer.from(bytes, 'latin1'), side, client })

test('bytes that a framing refuses are malformed, to explain as to a client', async () => {
  const source = lineProtocol().replace(
    'framing: frame.lines({ max: 1000 }),',
    'framing: frame.lines({ never: [0], max: 1000 }),'
  )
  const bench = await startEngine(around(source, [await TestServer.listen()]))
  const { outcome, rest, frames } = await explained(bench, 'hello ann\nno\0t this\n')
  expect(frames).toHaveLength(1)
  expect(rest).toEqual({ offset: 10, length: 10, why: 'malformed' })
  const socket = bench.connect()
  socket.socket.write('hello ann\nno\0t this\n')
  await socket.closes()
  expect((await bench.log.ends(1))[0]).toMatchObject({ reason: outcome.reason, detail: outcome.detail })
  expect(outcome.reason).toBe('protocol-error')
})

test('replies of a server are explained as if each answered a message', async () => {
  const bench = await startEngine(around(perMessageProtocol('in-order', SERVER_LINES), [await TestServer.listen()]))
  expect(await explained(bench, 'a\nb\n', 'server')).toMatchObject({
    frames: [{ length: 2 }, { length: 2 }],
    rest: undefined,
    outcome: { becomes: 'open' }
  })
})

test('what an extension writes of itself, and the server says, comes in the order of a socket', async () => {
  const server = await TestServer.listen(chunk => chunk)
  const bench = await startEngine(around(lineProtocol(SERVER_LINES), [server]))
  const said = ['hello ann\n', 'send x\n', 'replace it\n', 'drop\n', 'reject me\n']
  const socket = bench.connect()
  socket.socket.write(said[0]!)
  await socket.gets(said[0]!)
  socket.socket.write(said.slice(1).join(''))
  await socket.closes()
  const driven = drive(await load({ source: lineProtocol(SERVER_LINES) }, 'in-process'), [encodeUtf8(said[0]!), {
    server: encodeUtf8(said[0]!)
  }, encodeUtf8(said.slice(1).join(''))])
  expect(Buffer.from(driven.forwarded).toString()).toBe(server.text())
  expect(Buffer.from(driven.returned).toString()).toBe(socket.text)
  expect((await bench.log.ends(1))[0]).toMatchObject({ reason: driven.closed, detail: driven.detail })
})
