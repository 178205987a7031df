// What servers send beside replies in order: messages that are swallowed, that reply to nothing, and that nobody has
// asked for.
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, startEngine } from '../support/engine-bench.ts'
import { closeOf, farmOf, textOf, vserver } from '../support/per-message-servers.ts'

/**
 * Lines; the first word says what a request wants, and a message of a server that begins with `>` replies to nothing.
 */
const source = `
import { defineProtocol, drop, encodeUtf8, forward, frame } from '@weirlb/sdk'
export default defineProtocol({
  name: 'beside', api: 1, balance: 'per-message', replies: 'in-order',
  client: {
    framing: frame.lines({ max: 1000 }),
    onMessage: (message, ctx) => {
      const [word, token] = message.text().trim().split(' ')
      if (word === 'own') { ctx.reply(message.bytes); return drop() }
      if (word === 'swallow') return forward({ token, swallow: 2 })
      if (word === 'keep' || word === 'let-go') return forward({ token, keep: word === 'keep' })
      if (word === 'listen') return forward({ token, unasked: true })
      return forward({ token })
    }
  },
  server: { framing: frame.lines({ max: 1000 }), only: { at: 0, mask: 255, in: [62] }, onMessage: () => forward({ replies: 0 }) }
})
`
const started = async (limits: object = {}) => {
  const servers = await farmOf(2)
  const bench = await startEngine(
    around(source, servers, {
      ...vserver(limits),
      lbVservers: [{ name: 'lb', method: 'token', services: [{ name: 's1' }, { name: 's2' }] }]
    })
  )
  const client = bench.connect()
  // A token of each server.
  const names = Array.from({ length: 16 }, (_, i) => `t${i}`)
  client.socket.write(names.map(name => `hello ${name}\n`).join(''))
  await until(
    () =>
      servers.every(server => textOf(server).includes('hello')) &&
      servers.map(textOf).join('').length === names.map(name => `hello ${name}\n`).join('').length,
    'both servers to be asked'
  )
  const [a, b] = servers.map(server => ({
    server,
    token: /t\d+/.exec(textOf(server))![0],
    says: (text: string) => {
      server.sockets[0]!.write(text)
    },
    asked: textOf(server).split('\n').length - 1
  }))
  a!.says('hello\n'.repeat(a!.asked))
  b!.says('hello\n'.repeat(b!.asked))
  await until(() => client.text === 'hello\n'.repeat(16), 'all replies')
  client.received = Buffer.alloc(0)
  const reaches = async (text: string): Promise<void> => {
    await until(() => servers.some(server => textOf(server).includes(text)), `a server to have ${text}`)
  }
  return { bench, client, a: a!, b: b!, reaches }
}

test('messages before a reply are swallowed, in the turn of their request', async () => {
  const { client, a, b, reaches } = await started()
  client.socket.write(`x ${b.token}\nswallow ${a.token}\ny ${a.token}\nown\nz ${b.token}\n`)
  await reaches('z ')
  await reaches('y ')
  a.says('swallowed 1\nswallowed 2\nreply\nreply to y\n')
  b.says('reply to x\nreply to z\n')
  await client.gets('reply to z\n')
  expect(client.text).toBe('reply to x\nreply\nreply to y\nown\nreply to z\n')
})

test('a message that replies to nothing passes between replies, also while another is missing', async () => {
  const { client, a, b, reaches } = await started()
  client.socket.write(`x ${b.token}\ny ${a.token}\n`)
  await reaches('y ')
  a.says('>1\nreply to y\n>2\n')
  await client.gets('>2\n')
  expect(client.text).toBe('>1\n>2\n')
  b.says('reply to x\n>3\n')
  await client.gets('>3\n')
  expect(client.text).toBe('>1\n>2\nreply to x\nreply to y\n>3\n')
})

test('a server that sends unasked does so behind the replies that were asked for before, and does not end the client', async () => {
  const { client, a, b, reaches } = await started()
  client.socket.write(`x ${b.token}\nlisten ${a.token}\nown\n`)
  await reaches('listen ')
  a.says('listening\nnews 1\nnews 2\n')
  b.says('reply to x\n')
  await client.gets('news 2\n')
  expect(client.text).toBe('reply to x\nlistening\nown\nnews 1\nnews 2\n')
  b.says('unasked\n')
  await client.closes()
})

test('a link that is kept stays open while it is idle, and takes the client with it; until it is let go', async () => {
  const { bench, client, a, b, reaches } = await started({ serverIdleTimeoutSeconds: 0.1 })
  const links = (): number[] => ['s1', 's2'].map(name => bench.engine.stats().services[name]!.connections)
  client.socket.write(`keep ${a.token}\n`)
  await reaches('keep ')
  a.server.sockets.at(-1)!.write('kept\n')
  await until(() => links().filter(count => count === 1).length === 1, 'the other link to be closed')
  client.socket.write(`let-go ${a.token}\n`)
  await reaches('let-go ')
  a.server.sockets.at(-1)!.write('let go\n')
  await until(() => links().every(count => count === 0), 'both links to be closed')
  client.socket.write(`keep ${b.token}\n`)
  await until(() => textOf(b.server).includes('keep '), 'the other server to be asked')
  b.server.sockets.at(-1)!.write('kept\n')
  await until(() => client.text.endsWith('kept\nlet go\nkept\n'), 'all replies')
  b.server.sockets.at(-1)!.destroy()
  await client.closes()
  expect(await closeOf(bench)).toMatch(/server-closed|server-reset/)
})
