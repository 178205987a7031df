// Parameters that their extension judges itself, before any connection sees them.
import { createRuntime } from '@weirlb/sandbox'
import { createInProcessRuntime, until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import type { ConfigInput } from '@weirlb/model'
import type { Runtime } from '@weirlb/sdk/abi'
import { around, startEngine, TestServer, type EngineBench } from '../support/engine-bench.ts'
import { lineProtocol } from '../support/line-protocol.ts'

/** `word` has to be one that the check knows; other words make it misbehave. */
const source = (more = ''): string => lineProtocol(`
  params: { word: { type: 'string', default: 'good' } },
  checkParams ({ word }) {
    switch (word) {
      case 'bad': return [{ path: 'word', message: 'expected a good word, got "bad"' }, { path: 'words[1].more', message: 'and more' }]
      case 'throw': throw new TypeError('told to throw')
      case 'loop': for (;;) {}
      case 'odd': return 5
      case 'odder': return [{ path: 'word' }]
      case 'endless': return Array.from({ length: 1000 }, () => ({ path: 'p'.repeat(100), message: 'm'.repeat(100) }))
      default: return []
    }
  },
  ${more}`)

type Vserver = NonNullable<ConfigInput['userVservers']>[number]
const vserver = (word: string, more: Partial<Vserver> = {}): Vserver => ({
  name: 'v',
  protocol: 'P',
  address: '127.0.0.1',
  port: 0,
  defaultLb: 'lb',
  params: { word },
  ...more
})

describe.each([['in-process', createInProcessRuntime], ['sandbox', createRuntime]] as const)('%s', (_, makeRuntime) => {
  const start = async (more: Partial<ConfigInput> = {}): Promise<EngineBench & { loaded: { count: number } }> => {
    const inner = makeRuntime()
    const loaded = { count: 0 }
    const runtime: Runtime = { load: async (bundle, options) => { loaded.count++; return await inner.load(bundle, options) } }
    const server = await TestServer.listen(chunk => chunk)
    return { ...await startEngine({ ...around(source(), [server]), ...more }, { runtime }), loaded }
  }
  const talks = async ({ connect }: EngineBench): Promise<void> => {
    const client = connect()
    client.socket.write('hello x\n')
    await client.gets('hello x\n')
    client.socket.end()
  }

  test('what the extension finds is refused in its words, by the place of each, and nothing is applied', async () => {
    const bench = await start()
    await expect(bench.apply({ userVservers: [vserver('bad')] })).rejects.toMatchObject({
      code: 'params-invalid',
      message: 'user vserver \'v\': expected a good word, got "bad"; and more',
      issues: [{ path: 'userVservers[0].params.word', message: 'expected a good word, got "bad"' }, { path: 'userVservers[0].params.words[1].more', message: 'and more' }]
    })
    await talks(bench)
    await expect(start({ userVservers: [vserver('bad')] })).rejects.toMatchObject({ code: 'params-invalid' })
  })

  test('so is what a canary finds', async () => {
    const bench = await start({ userVservers: [vserver('new')] })
    const canary = source().replace("case 'bad'", "case 'new': case 'bad'")
    await expect(bench.apply({ extensions: [{ name: 'ext', source: source(), canary: { source: canary, percent: 10 } }] })).rejects.toMatchObject({
      code: 'params-invalid', message: expect.stringContaining("user vserver 'v', for the canary: expected a good word") as string
    })
    await talks(bench)
  })

  test.each([
    ['throw', "checkParams of extension 'ext' failed: TypeError: told to throw"],
    ['odd', "checkParams of extension 'ext' failed: it returned 5"],
    ['odder', "checkParams of extension 'ext' failed: it returned [{\"path\":\"word\"}]"]
  ])('a check that answers nothing sensible (%s) fails the change and costs no client', async (word, message) => {
    const bench = await start()
    await expect(bench.apply({ userVservers: [vserver(word)] })).rejects.toMatchObject({
      code: 'extension-failed',
      message: expect.stringContaining(message) as string
    })
    await talks(bench)
  })

  test('of issues without end so many are told', async () => {
    const error: unknown = await start({ userVservers: [vserver('endless')] }).catch((e: unknown) => e)
    expect((error as { issues: object[] }).issues).toHaveLength(50)
  })

  test('it is asked again when the parameters or the code are others, and not otherwise', async () => {
    const bench = await start({ userVservers: [vserver('one')] })
    expect(bench.loaded.count).toBe(1)
    await bench.apply({ userVservers: [vserver('one', { comment: 'as before' })] })
    expect(bench.loaded.count).toBe(1)
    await bench.apply({ userVservers: [vserver('two')] })
    expect(bench.loaded.count).toBe(2)
    await bench.apply({ userVservers: [vserver('two'), vserver('two', { name: 'w' })] })
    expect(bench.loaded.count).toBe(2)
    await bench.apply({ extensions: [{ name: 'ext', source: source('// another') }] })
    expect(bench.loaded.count).toBe(3)
  })
})

test('a check that loops is cut, and the clients of the running version go on', async () => {
  const server = await TestServer.listen(chunk => chunk)
  const bench = await startEngine(around(source(), [server]), { runtime: createRuntime() })
  const client = bench.connect()
  client.socket.write('hello x\n')
  await client.gets('hello x\n')
  await expect(bench.apply({ userVservers: [vserver('loop')] })).rejects.toMatchObject({ code: 'extension-failed' })
  client.socket.write('still here\n')
  await client.gets('hello x\nstill here\n')
  expect(bench.engine.stats().extensions['ext']!.up).toBe(1)
  client.socket.end()
  await until(() => bench.engine.connections({}).length === 0, 'the client to be gone')
})
