// A message that ends the connection takes nothing with it that stood whole before it, also while the server is
// dialled.
import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { closeOf } from '../support/per-message-servers.ts'

const handler = `onMessage: message => {
  const text = message.text()
  if (text === 'malformed\\n') throw new Malformed('no good')
  if (text.startsWith('reject')) return reject('as asked', encodeUtf8('no it\\n'))
  return forward()
}`
const stream = `onData: data => {
  const text = decodeUtf8(data)
  const end = text.indexOf('\\n')
  if (end < 0) return more(1)
  if (text.startsWith('malformed')) throw new Malformed('no good')
  if (text.startsWith('reject')) return reject('as asked', encodeUtf8('no it\\n'))
  return pass(end + 1)
}`
const protocol = (client: string, more = ''): string => `
import { decodeUtf8, defineProtocol, encodeUtf8, forward, frame, Malformed, more, pass, reject } from '@weirlb/sdk'
export default defineProtocol({
  name: 'one', api: 1, balance: 'per-connection', ${more}
  client: { ${client} },
  goodbye: reason => encodeUtf8('goodbye ' + reason + '\\n')
})`
const messages = protocol(`framing: frame.lines({ max: 1000 }), ${handler}`)
const ends = [
  ['malformed', 'malformed\n', 'protocol-error', 'goodbye protocol-error\n'],
  ['rejected', 'reject it\n', 'rejected', 'no it\n'],
  ['too large', 'x'.repeat(1001), 'protocol-error', 'goodbye protocol-error\n']
] as const

describe.each([
  ['messages', messages, ends],
  ['a stream', protocol(stream), ends.slice(0, 2)],
  ['messages that may be sent again', protocol(`framing: frame.lines({ max: 1000 }), ${handler}`, "resend: 'first-message',"), ends]
] as const)('%s', (_, source, kinds) => {
  test.each(kinds)('what stands before a message that is %s, in one write, arrives at the server', async (_, last, reason, words) => {
    const server = await TestServer.listen()
    const bench = await startEngine(around(source, [server]))
    const client = bench.connect()
    client.socket.write('first\nsecond\n' + last)
    await client.closes()
    await until(() => server.ended[0] === true, 'the server to be closed')
    expect(server.text()).toBe('first\nsecond\n')
    expect(client.text).toBe(words)
    expect(await closeOf(bench)).toBe(reason)
  })
})

test.each(ends)('it goes to the next server where the first cannot be reached (%s)', async (_, last, reason, words) => {
  const server = await TestServer.listen()
  const bench = await startEngine(
    around(messages, [{ port: await freePort() }, server], {
      lbVservers: [{ name: 'lb', method: 'round-robin', services: [{ name: 's1' }, { name: 's2' }] }]
    })
  )
  const client = bench.connect()
  client.socket.write('first\n' + last)
  await client.closes()
  await until(() => server.ended[0] === true, 'the server to be closed')
  expect(server.text()).toBe('first\n')
  expect(client.text).toBe(words)
  expect(await closeOf(bench)).toBe(reason)
})

test('a client that leaves meanwhile takes nothing with it either', async () => {
  const server = await TestServer.listen()
  const bench = await startEngine(around(messages, [server]))
  bench.connect().socket.end('first\nmalformed\n')
  expect(await closeOf(bench)).toBe('protocol-error')
  await until(() => server.ended[0] === true, 'the server to be closed')
  expect(server.text()).toBe('first\n')
})

test('where no server can be reached, that is the reason', async () => {
  const bench = await startEngine(around(messages, [{ port: await freePort() }]))
  const client = bench.connect()
  client.socket.write('first\nreject it\n')
  await client.closes()
  expect(client.text).toBe('goodbye dial-failed\n')
  expect(await closeOf(bench)).toBe('dial-failed')
})

test('a bad first message needs no server', async () => {
  const server = await TestServer.listen()
  const bench = await startEngine(around(messages, [server]))
  const client = bench.connect()
  client.socket.write('reject it\nsecond\n')
  await client.closes()
  expect(client.text).toBe('no it\n')
  expect(server.sockets).toHaveLength(0)
})

test('bytes of the extension for a server that no message has chosen hold up no end', async () => {
  const sends = protocol(`framing: frame.lines({ max: 1000 }), onMessage: (message, ctx) => {
    if (message.text() !== 'send\\n') throw new Malformed('no good')
    ctx.send(encodeUtf8('sent\\n'))
    return drop()
  }`).replace('decodeUtf8,', 'drop,')
  const bench = await startEngine(around(sends, [await TestServer.listen()]))
  const client = bench.connect()
  client.socket.write('send\nmalformed\n')
  await client.closes()
  expect(client.text).toBe('goodbye protocol-error\n')
  expect(await closeOf(bench)).toBe('protocol-error')
})
