// Whose connections live on when a guest dies: those that lose nothing with it.
import type { ExtensionStats } from '@weirlb/engine'
import { createRuntime } from '@weirlb/sandbox'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'

const EAT = 'const all: unknown[] = []; for (const end = Date.now() + 100; Date.now() < end;); for (;;) all.push(new Array(1000).fill(1.5))'
/** Says each line back; `eat` takes a tenth of a second, and then all memory. */
const protocol = (hooks: string): string => `import { defineProtocol, encodeUtf8, forward, frame } from '@weirlb/sdk'
  export default defineProtocol({ name: 'eats', api: 1, balance: 'per-connection', ${hooks}
    client: { framing: frame.lines({ max: 99 }),
      onMessage (message, ctx) {
        if (message.text() === 'eat\\n') { ${EAT} }
        return forward({ bytes: encodeUtf8('<' + message.text().trim() + '>\\n') })
      } } })`

const start = async (hooks: string, extension = {}) => {
  const server = await TestServer.listen(chunk => chunk)
  const source = protocol(hooks)
  const bench = await startEngine(
    around(source, [server], {
      extensions: [{ name: 'ext', source, limits: { heapMb: 16, batchTimeoutMs: 10_000 }, ...extension }]
    }),
    { runtime: createRuntime() }
  )
  const stats = (): ExtensionStats => bench.engine.stats().extensions['ext']!
  /** Let one client eat, and say this from others while it does. */
  const eatBeside = async (others: () => void): Promise<void> => {
    const eater = bench.connect()
    // Else the crossing that is waited for may be that of its connection, and the others come with its message.
    eater.socket.write('here\n')
    await eater.gets('<here>\n')
    const crossings = stats().crossings
    eater.socket.write('eat\n')
    await until(() => stats().crossings > crossings, 'the eater to be asked about')
    others()
    await eater.closes()
    await until(() => stats().rebuilds > 0 || stats().down === 1, 'the guest to be loaded again')
  }
  return { ...bench, stats, eatBeside }
}

test('an extension that keeps nothing of its connections goes on with all but the one that it died of', async () => {
  const { connect, eatBeside, stats, log } = await start('')
  const clients = Array.from({ length: 50 }, () => connect())
  for (const client of clients) client.socket.write('one\n')
  for (const client of clients) await client.gets('<one>\n')
  await eatBeside(() => { for (const client of clients) client.socket.write('two\nthree\n') })
  for (const client of clients) await client.gets('<one>\n<two>\n<three>\n')
  for (const client of clients) client.socket.write('four\n')
  for (const client of clients) await client.gets('<three>\n<four>\n')
  expect(await log.ends()).toMatchObject([{ reason: 'extension-error' }])
  expect(stats()).toMatchObject({ up: 1, rebuilds: 1, failedOpen: 0 })
})

test.each([
  // More than one batch takes.
  ['keeps state', 'state: () => ({}),', 700],
  // They come while it eats: it would have heard of them before.
  ['is asked about new connections', 'onConnect () {},', 0]
])(
  'where it %s, those that the guest had not heard of are asked about again, and others end',
  async (_, hooks, early) => {
    const { connect, eatBeside, log, stats } = await start(hooks)
    const known = connect()
    known.socket.write('one\n')
    await known.gets('<one>\n')
    const fresh = Array.from({ length: early }, () => connect())
    await eatBeside(() => {
      for (let n = 0; n < 20; n++) fresh.push(connect())
      for (const client of fresh) client.socket.write('hello\nagain\n')
    })
    for (const client of fresh) await client.gets('<hello>\n<again>\n')
    await known.closes()
    expect((await log.ends(2)).map(l => l['reason'])).toEqual(['extension-error', 'extension-error'])
    expect(stats()).toMatchObject({ up: 1, rebuilds: 1 })
  }
)

test('when there is to be no guest for a while, those that wait for one end as any new client', async () => {
  const { connect, eatBeside, log } = await start('', { strikes: { failures: 1 } })
  const clients = [connect(), connect(), connect()]
  await eatBeside(() => { for (const client of clients) client.socket.write('hello\n') })
  for (const client of clients) await client.closes()
  expect((await log.ends(4)).map(l => l['reason']).sort()).toEqual([
    'extension-down',
    'extension-down',
    'extension-down',
    'extension-error'
  ])
})
