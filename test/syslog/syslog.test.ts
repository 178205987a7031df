import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { describeWithLogger } from '../support/describe-with.ts'
import { TestClient, type TestServer } from '../support/engine-bench.ts'
import { startExtensionFarm, type ExtensionFarm } from '../support/extension-farm.ts'

const run = promisify(execFile)
const crossings = async ({ weir }: ExtensionFarm): Promise<number> =>
  (await weir.api.call('getStats')).body.extensions['e']!.crossings
const lines = (server: TestServer): string[] =>
  server.received.map(String).join('').split('\n').filter(line => line !== '')
const total = (farm: ExtensionFarm): number => farm.servers.flatMap(lines).length

test('one facility stays on one collector, from whichever client', async () => {
  const farm = await startExtensionFarm({ builtin: 'syslog', servers: 4 })
  const clients = Array.from({ length: 3 }, () => new TestClient(farm.port))
  const facilities = Array.from({ length: 24 }, (_, facility) => facility)
  clients.forEach((client, c) => {
    client.socket.write(
      facilities.map(facility => `<${facility * 8 + 6}>Oct 11 22:14:15 host${c} tag: ${facility}\n`).join('')
    )
  })
  await until(() => total(farm) === 72, 'all messages')
  for (const facility of facilities) {
    const having = farm.servers.filter(server => lines(server).some(line => line.startsWith(`<${facility * 8 + 6}>`)))
    expect(having).toHaveLength(1)
    expect(lines(having[0]!).filter(line => line.endsWith(`tag: ${facility}`))).toHaveLength(3)
  }
  expect(new Set(farm.servers.map(server => lines(server).length > 0))).toEqual(new Set([true]))
})

test('plain messages are dealt over four collectors, whole and in order, without a crossing', async () => {
  const farm = await startExtensionFarm({ builtin: 'syslog-plain', servers: 4, method: 'round-robin' })
  const client = new TestClient(farm.port)
  const messages = Array.from({ length: 400 }, (_, i) => `<13>message ${i} ${'x'.repeat(i)}`)
  client.socket.write(
    messages.map((message, i) => i % 2 === 0 ? `${message}\n` : `${message.length + 1} ${message}\n`).join('')
  )
  await until(() => total(farm) === 400, 'all messages')
  farm.servers.forEach((server, s) => {
    expect(lines(server).map(line => Number(/message (\d+)/.exec(line)![1]))).toEqual(
      Array.from({ length: 100 }, (_, i) => 4 * i + s)
    )
  })
  expect(await crossings(farm)).toBe(0)
})

test('what a collector says goes nowhere, and the client stays', async () => {
  const farm = await startExtensionFarm({ builtin: 'syslog', servers: 1, answer: () => () => 'ok\n' })
  const client = new TestClient(farm.port)
  for (const n of [1, 2, 3]) {
    client.socket.write(`<13>${n}\n`)
    await until(() => total(farm) === n, 'the message')
  }
  expect(client).toMatchObject({ text: '', closed: false })
})

describeWithLogger('logger(1)', logger => {
  test.each([['octet-counted', '--octet-count', /^\d+ <133>/], ['in lines', '--rfc5424', /^<133>1 /], ['RFC 3164', '--rfc3164', /^<133>[A-Z]/]])('%s', async (_, option, begins) => {
    const farm = await startExtensionFarm({ builtin: 'syslog', servers: 2, params: { key: 'host' } })
    await run(logger, ['--tcp', '--server', '127.0.0.1', '--port', String(farm.port), option, '--priority', 'local0.notice', '--tag', 'weir', 'hello from logger'])
    const got = await until(() => farm.servers.flatMap(server => server.received.map(String)).find(text => text.includes('hello from logger')), 'the message')
    expect(got).toMatch(begins)
    const { extensions } = (await farm.weir.api.call('getStats')).body
    expect(extensions['e']!.counters).toEqual({ notice: 1 })
  })
})
