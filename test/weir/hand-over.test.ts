// A Weir hands its clients' listening sockets to its successor, whatever moves their bytes.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { atEnd } from '../support/at-end.ts'
import { freePort } from '../support/free-port.ts'
import { lineProtocol, SERVER_LINES } from '../support/line-protocol.ts'
import { come, configure, follows, startWithState, stopped, type Client } from './hand-over-bench.ts'

test('no client is refused while a successor takes over, and those of the first Weir are told to go', async () => {
  const { weir } = await startWithState(2)
  const port = await freePort()
  await configure(weir, port)
  const first = come(port)
  await until(() => first.text === 'hello x\n', 'the first client')

  // A client comes when the one before is served or has failed, and a request to the API: as many as the machine has
  // time for.
  const clients: Client[] = []
  const refused: unknown[] = []
  let [loading, asking] = [true, true]
  const load = Array.from({ length: 4 }, async () => {
    while (loading) {
      const client = come(port)
      clients.push(client)
      await until(
        () => client.text.startsWith('hello x\n') || client.error !== undefined || client.closed,
        'a client to be served'
      )
    }
  })
  const asks = (async () => {
    while (asking)
      await weir.api.call('getService', { path: { name: 's' } }).catch((error: unknown) => {
        refused.push((error as { cause?: { code?: string } }).cause?.code)
      })
  })()
  atEnd(() => { [loading, asking] = [false, false] })
  await until(() => clients.length > 20, 'some clients')
  const { pid } = weir
  process.kill(pid, 'SIGUSR2')
  const next = await follows(weir, [pid])
  await stopped(weir, pid)
  const before = clients.length
  await until(() => clients.length > before + 20, 'clients of the successor')
  loading = false
  await Promise.all(load)
  expect(clients.flatMap(({ error }) => error ?? [])).toEqual([])
  expect(clients.flatMap(({ text }) => text.startsWith('hello x\n') ? [] : text)).toEqual([])
  asking = false
  await asks
  expect(refused).not.toContain('ECONNREFUSED')
  await until(() => first.closed, 'the first client to go')
  expect(first.text).toBe('hello x\ngoodbye shutdown after 1 answered\n')

  const { status, revision } =
    (await until(async () => await weir.api.call('getHealth').catch(() => undefined), 'the API')).body
  expect({ status, revision }).toEqual({ status: 'ok', revision: 5 })
  // It can be configured, and can hand over in turn.
  await weir.api.call('patchService', { path: { name: 's' }, body: { comment: 'of the successor' } })
  const client = come(port)
  await until(() => client.text === 'hello x\n', 'a client')
  process.kill(next, 'SIGUSR2')
  const last = await follows(weir, [pid, next])
  await stopped(weir, next)
  await until(() => client.closed, 'its client to go')
  expect(
    (await until(async () =>
      await weir.api.call('getService', { path: { name: 's' } }).catch(() => undefined), 'the API')).body.comment
  ).toBe('of the successor')
  process.kill(last, 'SIGTERM')
  await stopped(weir, last)
})

test('a successor that fails leaves its predecessor as it was: it is configured, monitors, saves, and hands over again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weir-successor-'))
  atEnd(async () => { await rm(folder, { recursive: true, force: true }) })
  const preloaded = join(folder, 'preloaded.cjs')
  await writeFile(preloaded, '')
  const { weir } = await startWithState(1, { NODE_OPTIONS: `--require=${preloaded}` })
  const { api, pid } = weir
  const port = await freePort()
  await configure(weir, port)
  await api.call('patchLbVserver', { path: { name: 'lb' }, body: { persistence: { type: 'user-session' } } })
  const staying = come(port)
  await until(() => staying.text === 'hello x\n', 'a client')
  // As late as can be: all of it runs, and it ends in place of its report.
  const answered = join(folder, 'answered')
  await writeFile(preloaded, `if (process.env.WEIR_INHERITED_SOCKETS !== undefined) process.send = () => { setInterval(() => { if (require('node:fs').existsSync(${JSON.stringify(answered)})) process.exit(3) }, 5) }`)
  process.kill(pid, 'SIGUSR2')
  // Meanwhile the API answers, and refuses what the successor would not know of.
  await until(() => weir.log.some(line => line.msg?.startsWith('handed over') === true), 'the hand-over')
  const refused = async (ask: Promise<unknown>): Promise<unknown> =>
    await ask.then(
      () => 'taken',
      (error: { code?: string, body?: { code?: string } }) => error.body?.code ?? error.code
    )
  const answers = await Promise.all([
    refused(api.call('patchService', { path: { name: 's' }, body: { comment: 'meanwhile' } })),
    refused(api.call('deleteSessions', { query: { all: 'true' } })),
    api.call('getService', { path: { name: 's' } }).then(({ body }) => body.name)
  ])
  await writeFile(answered, '')
  await until(() => weir.log.some(line => line.msg === 'not handed over'), 'the failure')
  expect(answers).toEqual(['worker-unavailable', 'worker-unavailable', 's'])
  await writeFile(preloaded, '')
  expect(weir.log.find(line => line.msg === 'not handed over')).toMatchObject({
    pid,
    error: 'the successor ended with status 3'
  })
  await until(() => weir.log.some(line => line.msg === 'taken back: the successor has failed'), 'the line')
  // Code is checked and run, services are watched, sessions are kept.
  await api.call('createExtension', { body: { name: 'more', source: lineProtocol(SERVER_LINES) } })
  await api.call('createService', {
    body: {
      name: 'gone',
      address: '127.0.0.1',
      port: await freePort(),
      monitors: [{ type: 'tcp', intervalSeconds: 0.1, timeoutSeconds: 1 }]
    }
  })
  await until(
    async () => (await api.call('getService', { path: { name: 'gone' } })).body.status?.value === 'down',
    'a monitor'
  )
  const client = come(port, 'hello ann')
  await until(() => client.text === 'hello ann\n', 'a client with a session')
  expect(staying.closed).toBe(false)

  process.kill(pid, 'SIGUSR2')
  await follows(weir, [pid])
  await stopped(weir, pid)
  expect((await api.call('listSessions', {})).body.items).toContainEqual(
    expect.objectContaining({ lbVserver: 'lb', key: 'ann', service: 's' })
  )
  expect((await api.call('getExtension', { path: { name: 'more' } })).body.name).toBe('more')
})
