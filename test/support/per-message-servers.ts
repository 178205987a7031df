import { until } from '@weirlb/testing'
import { TestServer, type EngineBench } from './engine-bench.ts'

/** So many servers that keep what they get and say nothing. */
export const farmOf = async (count: number): Promise<TestServer[]> =>
  await Promise.all(Array.from({ length: count }, async () => await TestServer.listen()))
/** What a server got over all its connections. */
export const textOf = (server: TestServer): string => server.received.map(part => part.toString('latin1')).join('')
/** The lines of it. */
export const linesOf = (server: TestServer): string[] => textOf(server).split('\n').filter(line => line !== '')
/** So many messages, `m0` first. */
export const numbered = (count: number): string => Array.from({ length: count }, (_, i) => `m${i}\n`).join('')
/** The user vserver of a bench, with these limits. */
export const vserver = (limits: object): object => ({
  userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', limits }]
})
/** Why the first connection that ended did. */
export const closeOf = async ({ log }: EngineBench): Promise<unknown> => {
  await until(() => log.closed.length > 0, 'the connection to be closed')
  return log.closed[0]!['reason']
}
/** A server that answers each line when it is told to. */
export const askedServer = async (
  name: string
): Promise<{ server: TestServer, asked: string[], answer: (count?: number) => void }> => {
  const asked: string[] = []
  let answered = 0
  let rest = ''
  const server = await TestServer.listen(chunk => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop()!
    asked.push(...lines)
    return undefined
  })
  const answer = (count = Infinity): void => {
    for (let n = 0; n < count && answered < asked.length; n++)
      server.sockets.at(-1)!.write(`${name} ${asked[answered++]}\n`)
  }
  return { server, asked, answer }
}
