import type { ConfigInput } from '@weirlb/model'
import { around, type EngineBench, startEngine, TestServer, unhurried } from './engine-bench.ts'

/** `GET key …` is judged by its key; of the other words only some go to a server. */
export const SHARING = `
import { defineProtocol, drop, encodeUtf8, forward, frame } from '@weirlb/sdk'
export default defineProtocol({
  name: 'x', api: 1, balance: 'per-message', replies: 'in-order',
  client: {
    framing: frame.lines({ max: 1000000 }),
    keys: { commands: [{ names: ['GET'], key: { element: 1 } }] },
    onMessage (line, ctx) {
      const [word, key = ''] = line.text().trim().split(' ')
      if (word === 'GREET') ctx.prelude(encodeUtf8('hello ' + key + '\\n'))
      if (word === 'STATE') return forward({ token: key, keep: true })
      if (word === 'GET' || word === 'SET') return forward({ token: key })
      ctx.reply(encodeUtf8('own ' + word + '\\n'))
      return drop()
    }
  },
  server: { framing: frame.lines({ max: 1000000 }) },
  goodbye: reason => encodeUtf8('goodbye ' + reason + '\\n')
})`

/** The user vserver of a bench, whose clients share links. */
export const sharedVserver = (limits: object = {}, serverLinks: 'own' | 'shared' = 'shared'): Partial<ConfigInput> => ({
  userVservers: [{
    name: 'v',
    protocol: 'P',
    address: '127.0.0.1',
    port: 0,
    defaultLb: 'lb',
    serverLinks,
    limits: { ...unhurried, ...limits }
  }]
})

/** An engine with this extension before these servers. */
export const startSharing = async (
  servers: readonly { readonly port: number }[],
  { limits = {}, source = SHARING, serverLinks = 'shared', service = {} }: {
    readonly limits?: object
    readonly source?: string
    readonly serverLinks?: 'own' | 'shared'
    /** More about each service. */
    readonly service?: object
  } = {}
): Promise<EngineBench> =>
  await startEngine(around(source, servers, {
    services: servers.map(({ port }, i) => ({ name: `s${i + 1}`, address: '127.0.0.1', port, ...service })),
    lbVservers: [{ name: 'lb', method: 'token', services: servers.map((_, i) => ({ name: `s${i + 1}` })) }],
    ...sharedVserver(limits, serverLinks)
  }))

/** Says back every line. */
export const echoing = async (): Promise<TestServer> => await TestServer.listen(chunk => chunk)

/** A server that keeps its lines, by connection, and answers them when it is told to. */
export const holding = async (): Promise<
  { server: TestServer, lines: string[], of: number[], answer: (count?: number) => void }
> => {
  const lines: string[] = []
  const of: number[] = []
  const rests = new Map<object, string>()
  const answers: (() => void)[] = []
  const server = await TestServer.listen((chunk, socket) => {
    const parts = ((rests.get(socket) ?? '') + String(chunk)).split('\n')
    rests.set(socket, parts.pop()!)
    for (const line of parts) {
      lines.push(line)
      of.push(server.sockets.indexOf(socket))
      answers.push(() => { socket.write(`to ${line}\n`) })
    }
    return undefined
  })
  const answer = (count = Infinity): void => { for (const say of answers.splice(0, count)) say() }
  return { server, lines, of, answer }
}

