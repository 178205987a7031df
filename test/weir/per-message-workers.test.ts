// Messages balanced one by one by several worker processes, which share their sessions.
import { connect, type Socket } from 'node:net'
import { FakeServer, until } from '@weirlb/testing'
import { afterEach, expect, test } from 'vitest'
import { createWeir, type Weir } from 'weirlb'
import { perMessageProtocol, SERVER_LINES } from '../support/per-message-protocol.ts'

const ends: (() => unknown)[] = []
afterEach(async () => { for (const end of ends.splice(0).reverse()) await end() })

const KEYS = 20
const CLIENTS = 8

test('a session is at one server, whichever worker has the client, and replies are in order at each client', async () => {
  const servers = await Promise.all(['red', 'blue', 'green'].map(async name => {
    let rest = ''
    const server = await FakeServer.listen(chunk => {
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop()!
      return lines.map(line => `${name} ${line}\n`).join('')
    })
    ends.push(() => server.close())
    return { name, port: server.port }
  }))
  const weir: Weir = createWeir({
    log: { level: 'silent' },
    workers: 2,
    config: {
      extensions: [{ name: 'each', source: perMessageProtocol('in-order', SERVER_LINES) }],
      userProtocols: [{ name: 'EACH', transport: 'tcp', extension: 'each' }],
      services: servers.map(({ name, port }) => ({ name, address: '127.0.0.1', port })),
      lbVservers: [{
        name: 'lb',
        method: 'round-robin',
        persistence: { type: 'user-session' },
        services: servers.map(({ name }) => ({ name }))
      }],
      userVservers: [{ name: 'v', protocol: 'EACH', address: '127.0.0.1', port: 0, defaultLb: 'lb' }]
    }
  })
  ends.push(() => weir.stop({ graceMs: 200 }))
  await weir.start()
  const { port } = (await weir.userVservers.status('v')).listening!
  const asked = Array.from({ length: 5 * KEYS }, (_, i) => `session ${(7 * i) % KEYS}`)
  const clients = Array.from({ length: CLIENTS }, () => {
    const client = { text: '', socket: connect(port, '127.0.0.1') as Socket }
    ends.push(() => client.socket.destroy())
    client.socket.on('data', bytes => { client.text += bytes.toString() })
    client.socket.write(asked.map(line => `${line}\n`).join(''))
    return client
  })
  const linesOf = ({ text }: { text: string }): string[] => text.split('\n').slice(0, -1)
  await until(() => clients.every(client => linesOf(client).length === asked.length), 'all replies')
  const serverOf = new Map<string, string>()
  for (const client of clients) {
    expect(linesOf(client).map(line => line.slice(line.indexOf(' ') + 1))).toEqual(asked)
    for (const line of linesOf(client)) {
      const [name = '', , key = ''] = line.split(' ')
      expect(serverOf.get(key) ?? name).toBe(name)
      serverOf.set(key, name)
    }
  }
  expect((await weir.sessions.list()).map(({ connections }) => connections)).toEqual(Array(KEYS).fill(CLIENTS))
  for (const { socket } of clients) socket.destroy()
  await until(
    async () => (await weir.sessions.list()).every(({ connections }) => connections === 0),
    'all holds to be let go'
  )
})
