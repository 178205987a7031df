// Clients that only the server of another one's key may have.
import { readFileSync } from 'node:fs'
import { LocalSessionDirectory } from '@weirlb/engine'
import type { ConfigInput } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, startEngine, TestServer, type EngineBench, type TestClient } from '../support/engine-bench.ts'

type ServiceInput = NonNullable<ConfigInput['services']>[number]

const SOURCE = readFileSync(new URL('../author/fixtures/cancel-by-key.ts', import.meta.url), 'utf8')

/** Servers that give each client a key, and say who they are to one that cancels. */
const start = async (): Promise<
  EngineBench & { readonly directory: LocalSessionDirectory, readonly services: readonly ServiceInput[] }
> => {
  let keys = 0
  const directory = new LocalSessionDirectory()
  const servers = await Promise.all(
    [1, 2, 3].map(async n =>
      await TestServer.listen(bytes =>
        bytes.toString().startsWith('CANCEL') ? `by ${n}\n` : `KEY k${keys++}\nat ${n}\n`
      )
    )
  )
  const input = around(SOURCE, servers, {
    lbVservers: [{
      name: 'lb',
      method: 'round-robin',
      services: servers.map((_, i) => ({ name: `s${i + 1}` })),
      persistence: { type: 'user-session' }
    }]
  })
  return { ...await startEngine(input, { sessions: directory }), directory, services: input.services! }
}

const cancel = (bench: EngineBench, key: string): TestClient => {
  const client = bench.connect()
  client.socket.write(`CANCEL ${key}\n`)
  return client
}

const placed = async (
  bench: EngineBench
): Promise<{ readonly client: TestClient, readonly key: string, readonly server: string }> => {
  const client = bench.connect()
  client.socket.write('hello\n')
  await client.gets('at ')
  await until(() => client.text.endsWith('\n'), 'the whole line')
  const [, key, server] = /KEY (\S+)\nat (\d)/.exec(client.text)!
  return { client, key: key!, server: server! }
}

test('each finds the server of its key', async () => {
  const bench = await start()
  const clients = [await placed(bench), await placed(bench), await placed(bench), await placed(bench)]
  expect(new Set(clients.map(({ server }) => server)).size).toBe(3)
  for (const { key, server } of clients) await cancel(bench, key).gets(`by ${server}\n`)
})

test('one finds a server that is full, or drains, and none that is disabled', async () => {
  const bench = await start()
  const { key, server } = await placed(bench)
  const services = (change: object) => ({
    services: bench.services.map(service => service.name === `s${server}` ? { ...service, ...change } : service)
  })
  await bench.apply(services({ maxClients: 1 }))
  await cancel(bench, key).gets(`by ${server}\n`)
  await bench.apply(services({ state: 'draining' }))
  await cancel(bench, key).gets(`by ${server}\n`)
  await bench.apply(services({ state: 'disabled' }))
  await cancel(bench, key).closes()
  await until(() => bench.engine.stats().userVservers['v']!.closed['session-unknown'] === 1, 'the end to be counted')
})

test('a key that nobody has makes no entry', async () => {
  const bench = await start()
  const before = bench.directory.table.size
  const client = cancel(bench, 'nobody')
  await client.closes()
  expect(client.text).toBe('')
  expect(await bench.log.ends()).toMatchObject([{ reason: 'session-unknown', service: undefined }])
  expect(bench.directory.table.size).toBe(before)
})

test('behind a GLB one finds the server of its key in whichever pool that is, and the fallback', async () => {
  const bench = await start()
  const pools = [1, 2, 3].map(n => ({
    name: `lb${n}`,
    services: [{ name: `s${n}` }],
    persistence: { type: 'user-session' as const }
  }))
  const use = async (pool: string): Promise<void> => {
    await bench.apply({
      lbVservers: pools,
      glbs: [{
        name: 'all',
        match: { sni: ['*'] },
        pools: pools.filter(({ name }) => name !== 'lb3').sort(({ name }) => name === pool ? -1 : 1).map((
          { name }
        ) => ({ name })),
        fallback: 'lb3'
      }],
      userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb1', glbs: ['all'] }]
    })
  }
  await use('lb1')
  const first = await placed(bench)
  await use('lb2')
  const second = await placed(bench)
  expect([first.server, second.server]).toEqual(['1', '2'])
  bench.engine.setServiceHealth('s1', 'down')
  bench.engine.setServiceHealth('s2', 'down')
  const third = await placed(bench)
  bench.engine.setServiceHealth('s1', 'up')
  bench.engine.setServiceHealth('s2', 'up')
  expect(third.server).toBe('3')
  for (const { key, server } of [first, second, third]) await cancel(bench, key).gets(`by ${server}\n`)
  await cancel(bench, 'nobody').closes()
  await until(() => bench.engine.stats().userVservers['v']!.closed['session-unknown'] === 1, 'the end to be counted')
})
