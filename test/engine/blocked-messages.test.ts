// Rules on messages: a message that is blocked leaves nothing behind, and the messages after it are as they would be.
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, type EngineBench, startEngine, TestServer } from '../support/engine-bench.ts'

/** Lines of words; `refuse` in one offers a refusal of that line alone. */
const protocol = `
import { defineProtocol, drop, encodeUtf8, forward, frame } from '@weirlb/sdk'
export default defineProtocol({
  name: 'ruled', api: 1, balance: 'per-connection',
  fields: { word: 'string', who: 'string' }, messageFields: ['word'],
  client: { framing: frame.lines({ max: 1000 }), onMessage: (message, ctx) => {
    const words = message.text().trim().split(' ')
    if (words.includes('bad')) ctx.set('word', 'bad')
    if (words[0] === 'hello') ctx.set('who', words[1] ?? '')
    if (words.includes('refuse')) ctx.refusal(encodeUtf8('refused\\n'))
    if (words.includes('reply')) ctx.reply(encodeUtf8('replied\\n'))
    if (words.includes('send')) ctx.send(encodeUtf8('sent\\n'))
    return forward({ then: words.includes('pipe') ? 'pipe' : words.includes('tunnel') ? 'tunnel' : undefined })
  } },
  goodbye: reason => encodeUtf8('goodbye ' + reason + '\\n')
})`

const noBad = { name: 'no-bad', expression: 'word eq "bad"', action: 'block' } as const

const started = async (
  rules: readonly object[] = [noBad]
): Promise<
  { readonly bench: EngineBench, readonly server: TestServer, readonly config: ReturnType<typeof around> }
> => {
  const server = await TestServer.listen()
  const config = around(protocol, [server], { rules } as object)
  return { bench: await startEngine(config), server, config }
}

test('what a blocked message would have sent is not sent', async () => {
  const { bench, server } = await started()
  const client = bench.connect()
  client.socket.write('hello a\nbad refuse reply send\nlast send\n')
  await until(() => server.text().endsWith('last send\n'), 'the server to get the last line')
  expect(server.text()).toBe('hello a\nsent\nlast send\n')
  expect(client.text).toBe('refused\n')
  client.socket.write('bad reply send\n')
  await client.closes()
  expect(client.text).toBe('refused\ngoodbye rule\n')
  expect(server.text()).toBe('hello a\nsent\nlast send\n')
  expect((await bench.log.ends())[0]).toMatchObject({ reason: 'rule', detail: "rule 'no-bad'" })
})

test.each(['pipe', 'tunnel'])(
  'a blocked message behind which nothing would be inspected (%s) ends the connection',
  async then => {
    const { bench, server } = await started()
    const client = bench.connect()
    client.socket.write(`hello a\nbad refuse ${then}\nlast\n`)
    await client.closes()
    expect(client.text).toBe('goodbye rule\n')
    expect(server.text()).toBe('hello a\n')
    expect((await bench.log.ends())[0]).toMatchObject({ reason: 'rule' })
  }
)

test('rules that come back see what was published while there were none', async () => {
  const { bench, server, config } = await started([{
    name: 'no-eve',
    expression: 'who eq "eve"',
    phase: 'message',
    action: 'block'
  }])
  const client = bench.connect()
  client.socket.write('hello ann\n')
  await until(() => server.text() === 'hello ann\n', 'the first line')
  await bench.apply({ ...config, rules: [] } as object)
  client.socket.write('hello eve\n')
  await until(() => server.text().endsWith('hello eve\n'), 'the line without rules')
  await bench.apply(config)
  client.socket.write('more\n')
  await client.closes()
  expect(client.text).toBe('goodbye rule\n')
  expect(server.text()).toBe('hello ann\nhello eve\n')
})
