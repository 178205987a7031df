// Replies that name their requests: `replies: 'matched'`.
import { TIME_SCALE, until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'
import { askedServer, closeOf, farmOf, vserver } from '../support/per-message-servers.ts'

/**
 * Lines `NAME text`: a reply has the name of its request. A name of `-` is none, and one that begins with `!` is
 * given up in silence.
 */
const source = `
import { defineProtocol, drop, encodeUtf8, forward, frame, reject } from '@weirlb/sdk'
const nameOf = message => message.text().trim().split(' ')[0]
const named = message => nameOf(message) === '-' ? forward() : forward({ token: nameOf(message), match: nameOf(message) })
export default defineProtocol({
  name: 'named', api: 1, balance: 'per-message', replies: 'matched',
  client: {
    framing: frame.lines({ max: 100_000 }),
    onMessage: (message, ctx) => {
      if (nameOf(message) === 'own') { ctx.reply(message.bytes); return drop() }
      if (nameOf(message) === 'reject') return reject('told to', encodeUtf8('no\\n'))
      return named(message)
    }
  },
  server: { framing: frame.lines({ max: 100_000 }), onMessage: message => nameOf(message).startsWith('s') ? forward({ match: message.text().split(' ')[1].trim() }) : named(message) },
  onUnanswered: (match, why, ctx) => { if (match[0] !== 33) ctx.reply(encodeUtf8('none for ' + String.fromCharCode(...match) + ': ' + why + '\\n')) },
  goodbye: reason => encodeUtf8('goodbye ' + reason + '\\n')
})
`
const roundRobin = { lbVservers: [{ name: 'lb', method: 'round-robin', services: [{ name: 's1' }, { name: 's2' }] }] }

test('a reply overtakes those that are missing', async () => {
  const [slow, fast] = [await askedServer('s'), await askedServer('s')]
  const bench = await startEngine(around(source, [slow.server, fast.server], roundRobin))
  const client = bench.connect()
  client.socket.write('a\nb\nown 1\n')
  await until(() => slow.asked.length === 1 && fast.asked.length === 1, 'both servers to be asked')
  fast.answer()
  await client.gets('s b\n')
  slow.answer()
  await client.gets('s a\n')
  expect(client.text).toBe('own 1\ns b\ns a\n')
})

test('what comes late, twice, from another server, or for nobody is dropped; what has no name passes', async () => {
  const [one, two] = await farmOf(2)
  const bench = await startEngine(
    around(source, [one!, two!], { ...roundRobin, ...vserver({ replyTimeoutSeconds: 0.2 * TIME_SCALE }) })
  )
  const client = bench.connect()
  client.socket.write('a\nb\n!c\n')
  await until(() => one!.received.length > 0 && two!.received.length > 0, 'both servers to be asked')
  two!.sockets[0]!.write('a from another\nb yes\nb again\nnobody\n- unasked\n')
  await client.gets('none for a: timeout\n')
  one!.sockets[0]!.write('a late\n!c late\n- still here\n')
  await client.gets('still here')
  expect(client.text).toBe('b yes\n- unasked\nnone for a: timeout\n- still here\n')
  expect(bench.engine.stats().services['s1']!.messages + bench.engine.stats().services['s2']!.messages).toBe(3)
})

test('a name that is used again before its reply has two', async () => {
  const [one] = await farmOf(1)
  const bench = await startEngine(around(source, [one!]))
  const client = bench.connect()
  client.socket.write('a\na\n')
  await until(() => one!.received.length > 0, 'the server to be asked')
  one!.sockets[0]!.write('a 1\na 2\na 3\n- end\n')
  await client.gets('- end\n')
  expect(client.text).toBe('a 1\na 2\n- end\n')
})

test('a client with as many requests as it may have waits, also for those that are given up', async () => {
  const [one] = await farmOf(1)
  const bench = await startEngine(around(source, [one!], vserver({ outstandingReplies: 2, replyTimeoutSeconds: 0.3 * TIME_SCALE })))
  const client = bench.connect()
  client.socket.write('a\nb\nc\nd\n')
  await client.gets('none for b: timeout\n')
  await client.gets('none for d: timeout\n')
  expect(client.text).toBe(['a', 'b', 'c', 'd'].map(name => `none for ${name}: timeout\n`).join(''))
  expect(Buffer.concat(one!.received).toString()).toBe('a\nb\nc\nd\n')
})

test('a server that goes takes its own requests with it; the client stays', async () => {
  const [one, two] = await farmOf(2)
  const bench = await startEngine(around(source, [one!, two!], roundRobin))
  const client = bench.connect()
  client.socket.write('a\nb\n')
  await until(() => one!.received.length > 0 && two!.received.length > 0, 'both servers to be asked')
  one!.sockets[0]!.destroy()
  await client.gets('none for a: service-down\n')
  two!.sockets[0]!.write('b yes\n')
  await client.gets('b yes\n')
  await bench.apply({ services: [{ name: 's1', address: '127.0.0.1', port: one!.port }, { name: 's2', address: '127.0.0.1', port: two!.port, state: 'disabled' }] })
  client.socket.write('c\n')
  await until(() => Buffer.concat(one!.received).toString().endsWith('c\n'), 'the next request')
  one!.sockets.at(-1)!.write('c yes\n')
  await client.gets('c yes\n')
})

test('the client may end its stream: it gets what it is owed, and what is given up ends it', async () => {
  const [one] = await farmOf(1)
  const bench = await startEngine(around(source, [one!], vserver({ replyTimeoutSeconds: 0.3 * TIME_SCALE })))
  const client = bench.connect()
  client.socket.end('a\nb\n')
  await until(() => one!.received.length > 0, 'the server to be asked')
  one!.sockets[0]!.write('a yes\n')
  await client.closes()
  expect(client.text).toBe('a yes\nnone for b: timeout\n')
  expect(await closeOf(bench)).toBe('client-closed')
})

test('a rejected message ends the connection when all before it are sent', async () => {
  const [one] = await farmOf(1)
  const bench = await startEngine(around(source, [one!]))
  const client = bench.connect()
  client.socket.write('a\nb\nreject\n')
  await client.closes()
  expect(client.text).toBe('no\n')
  expect(await closeOf(bench)).toBe('rejected')
  await until(() => Buffer.concat(one!.received).toString() === 'a\nb\n', 'the requests before it')
})

test('what the author gets wrong ends the connection as extension-error', async () => {
  const server = await TestServer.listen()
  for (const [wrong, text] of [["replies: 'in-order'", "forward({ match }) needs replies: 'matched'"]] as const) {
    const bench = await startEngine(around(source.replace("replies: 'matched'", wrong), [server]))
    const client = bench.connect()
    client.socket.write('a\n')
    await client.closes()
    expect((await bench.log.ends())[0]!['detail']).toContain(text)
  }
})
