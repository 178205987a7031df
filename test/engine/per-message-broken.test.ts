// A message that ends the connection takes nothing with it that stood whole before it.
import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { perMessageProtocol, SERVER_LINES } from '../support/per-message-protocol.ts'
import { closeOf, farmOf, linesOf, numbered, vserver } from '../support/per-message-servers.ts'

const MESSAGES = Array.from({ length: 100 }, (_, n) => `m${n}`)
const ends = [
  ['malformed', 'malformed\n', 'protocol-error'],
  ['rejected', 'reject it\n', 'rejected'],
  ['too large', 'x'.repeat(1_000_001), 'protocol-error']
] as const

describe.each(['none', 'as-they-come', 'in-order'])('with replies %s', replies => {
  test.each(ends)('what stands before a message that is %s, in one write, arrives', async (_, last, reason) => {
    const servers = await farmOf(3)
    const bench = await startEngine(
      around(perMessageProtocol(replies, replies === 'none' ? '' : SERVER_LINES), servers)
    )
    const client = bench.connect()
    client.socket.write(numbered(100) + last)
    await client.closes()
    await until(() => servers.flatMap(linesOf).length === 100, 'all messages')
    expect(servers.flatMap(linesOf).sort()).toEqual([...MESSAGES].sort())
    expect(await closeOf(bench)).toBe(reason)
  })
})

test('replies come before the end, also those that the extension inspects', async () => {
  const server = await TestServer.listen(chunk => chunk.toString().replaceAll('m', 're m'))
  const inspected = 'server: { framing: frame.lines({ max: 1_000_000 }), onMessage: message => forward({ bytes: encodeUtf8("<" + message.text()) }) },'
  for (const [, last, reason] of ends) {
    const bench = await startEngine(around(perMessageProtocol('in-order', inspected), [server]))
    const client = bench.connect()
    client.socket.write(numbered(100) + last)
    await client.closes()
    const words = reason === 'rejected' ? 'no it\n' : 'goodbye protocol-error\n'
    expect(client.text).toBe(MESSAGES.map(m => `<re ${m}\n`).join('') + words)
    expect(await closeOf(bench)).toBe(reason)
  }
})

test('a client that leaves meanwhile takes nothing with it either', async () => {
  const port = await freePort()
  const bench = await startEngine(
    around(perMessageProtocol('none'), [{ port }, { port: (await TestServer.listen()).port }], {
      ...vserver({}),
      lbVservers: [{ name: 'lb', method: 'round-robin', services: [{ name: 's1' }, { name: 's2' }] }]
    })
  )
  const client = bench.connect()
  client.socket.end('m0\nm1\nmalformed\n')
  await client.closes()
  expect(await closeOf(bench)).toBe('protocol-error')
  const { services } = bench.engine.stats()
  expect(services['s2']!.messages).toBe(2)
})
