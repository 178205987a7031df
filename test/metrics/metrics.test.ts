// The figures as Prometheus reads them: complete, exact over a worker's end, and held by the programs of Prometheus.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { basename } from 'node:path'
import { families } from '@weirlb/metrics'
import { TIME_SCALE, until } from '@weirlb/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runProgram } from '../support/balancer-program.ts'
import { describeWithPrometheus } from '../support/describe-with.ts'
import { freePort } from '../support/free-port.ts'
import { lineProtocol } from '../support/line-protocol.ts'
import { WeirProcess } from '../support/weir-process.ts'

const CLIENTS = 8
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0'

let weir: WeirProcess
let server: Server
beforeAll(async () => {
  server = createServer(socket => { socket.pipe(socket) }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  weir = await WeirProcess.start({ workers: 2 })
  const { api } = weir
  await api.call('createExtension', { body: { name: 'lines', source: lineProtocol() } })
  await api.call('createUserProtocol', { body: { name: 'LINES', transport: 'tcp', extension: 'lines' } })
  await api.call('createService', {
    body: { name: 'one', address: '127.0.0.1', port: (server.address() as AddressInfo).port }
  })
  await api.call('createLbVserver', {
    body: { name: 'lb', persistence: { type: 'user-session', timeoutSeconds: 60 }, services: [{ name: 'one' }] }
  })
  await api.call('createUserVserver', {
    body: { name: 'v', protocol: 'LINES', address: '127.0.0.1', port: 0, defaultLb: 'lb' }
  })
  await until(async () => await api.status('services/one') === 'up', 'the first verdict about the service')
  const port = await api.port('v')
  await Promise.all(Array.from({ length: CLIENTS }, async (_, i) => {
    const client = connect({ port, host: '127.0.0.1' })
    client.write(`hello secret-client-${i}\ncount greetings\n`)
    await once(client, 'data')
    client.end()
    await once(client.resume(), 'close')
  }))
  await until(
    async () => valueOf(await scrape(), 'weir_user_vserver_closed_total') === CLIENTS,
    'the ends to be counted'
  )
}, 60_000 * TIME_SCALE)
afterAll(async () => {
  await weir?.stop()
  server?.close()
})

const get = async (path: string, accept?: string): Promise<{ status: number, type: string, text: string }> => {
  const response = await fetch(weir.api.base + path, accept === undefined ? {} : { headers: { accept } })
  return { status: response.status, type: response.headers.get('content-type') ?? '', text: await response.text() }
}
const scrape = async (): Promise<string> => (await get('/metrics')).text

/** Lines of samples of one family: name, labels, value. */
const samples = (text: string, name: string): { labels: string, value: number }[] =>
  [...text.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, 'gm'))].map(([, labels = '', value]) => ({
    labels,
    value: Number(value)
  }))
const valueOf = (text: string, name: string): number => samples(text, name).reduce((sum, { value }) => sum + value, 0)

/** The names under which the numbers of the families stand. */
const numbers = families.flatMap(({ name, type, labels }) =>
  type === 'histogram'
    ? [
      { name: `${name}_bucket`, labels: ['le', ...labels], grows: true },
      { name: `${name}_sum`, labels, grows: true },
      { name: `${name}_count`, labels, grows: true }
    ]
    : [{ name, labels, grows: type === 'counter' }]
)

/** Every name of ours in a text. */
const namesIn = (text: string): string[] => [...new Set(text.match(/\bweir_[a-z_]+\b/g))]

test('every family is there, described, and has only its labels', async () => {
  const text = await scrape()
  expect(text.match(/^# TYPE .*$/gm)).toEqual(families.map(({ name, type }) => `# TYPE ${name} ${type}`))
  for (const { name, labels } of numbers) {
    for (const sample of samples(text, name))
      expect([
        name,
        [...sample.labels.matchAll(/(\w+)="/g)].map(([, label]) => label)
      ]).toEqual([name, labels])
  }
})

test('no label has an address or a key', async () => {
  const text = await scrape()
  expect(text).not.toMatch(/127\.0\.0\.1|secret-client/)
  expect(samples(text, 'weir_session_entries')).toEqual([{ labels: '', value: CLIENTS }])
})

test('counters count, by entity and by the names of an extension', async () => {
  const text = await scrape()
  expect(samples(text, 'weir_user_vserver_accepted_total')).toEqual([{ labels: 'user_vserver="v"', value: CLIENTS }])
  expect(samples(text, 'weir_extension_events_total')).toEqual([{
    labels: 'extension="lines",counter="greetings"',
    value: CLIENTS
  }])
  expect(samples(text, 'weir_service_up')).toEqual([{ labels: 'service="one"', value: 1 }])
  expect(valueOf(text, 'weir_extension_cpu_seconds_total')).toBeGreaterThan(0)
})

test('histograms count every time, in buckets that each have the smaller ones, too', async () => {
  const text = await scrape()
  for (const { name, type, bounds } of families) {
    if (type !== 'histogram') continue
    for (const { labels, value } of samples(text, `${name}_count`)) {
      const buckets = samples(text, `${name}_bucket`).filter(bucket =>
        bucket.labels.replace(/^le="[^"]*",?/, '') === labels
      )
      expect(buckets.map(bucket => /le="([^"]*)"/.exec(bucket.labels)![1])).toEqual([...bounds!.map(String), '+Inf'])
      expect(buckets.map(({ value }) => value)).toEqual(buckets.map(({ value }) => value).sort((a, b) => a - b))
      expect([name, value]).toEqual([name, buckets.at(-1)!.value])
    }
  }
  for (const name of ['weir_user_vserver_first_message_seconds', 'weir_user_vserver_connect_seconds', 'weir_service_dial_seconds', 'weir_service_first_reply_seconds']) {
    expect([name, valueOf(text, `${name}_count`)]).toEqual([name, CLIENTS])
    expect(valueOf(text, `${name}_sum`)).toBeGreaterThan(0)
  }
  expect(valueOf(text, 'weir_extension_crossing_seconds_count')).toBeGreaterThan(0)
})

test('each process shows what it uses, and the delay of its event loop', async () => {
  const text = await scrape()
  const processes = ['worker="control"', 'worker="1"', 'worker="2"'].sort()
  for (const name of ['weir_worker_cpu_seconds_total', 'weir_worker_resident_bytes', 'weir_worker_loop_busy_seconds_total', 'weir_worker_loop_delay_seconds_count']) {
    const found = samples(text, name)
    expect(found.map(({ labels }) => labels).sort()).toEqual(processes)
    for (const { value } of found) expect(value).toBeGreaterThan(0)
  }
  expect(valueOf(text, 'weir_worker_accepted_total')).toBe(CLIENTS)
  expect(valueOf(text, 'weir_worker_connections')).toBe(0)
})

test('a scraper that accepts OpenMetrics gets it', async () => {
  const { type, text } = await get('/metrics', `${OPENMETRICS},text/plain;q=0.5`)
  expect(type).toContain('application/openmetrics-text')
  expect(text).toMatch(/# EOF\n$/)
  expect(text).toContain(`weir_user_vserver_accepted_total{user_vserver="v"} ${CLIENTS}\n`)
})

test('a HEAD request gets the head', async () => {
  const response = await fetch(`${weir.api.base}/metrics`, { method: 'HEAD' })
  expect([response.status, await response.text()]).toEqual([200, ''])
})

test('probes need no token and tell a word', async () => {
  expect(await get('/livez')).toMatchObject({ status: 200, text: 'ok\n' })
  expect(await get('/readyz')).toMatchObject({ status: 200, text: 'ok\n' })
  expect(await get('/metrics/more')).toMatchObject({ status: 404 })
})

test('no counter goes back when a worker is killed', async () => {
  const before = await scrape()
  const [first] = (await weir.api.call('getHealth')).body.workers
  process.kill(first!.pid, 'SIGKILL')
  await until(
    async () =>
      (await weir.api.call('getHealth')).body.workers.every(({ status, restarts, id }) =>
        status === 'up' && (id !== 1 || restarts === 1)
      ),
    'the worker to be back'
  )
  const after = await scrape()
  for (const { name, grows } of numbers) {
    if (!grows) continue
    const now = new Map(samples(after, name).map(({ labels, value }) => [labels, value]))
    for (const { labels, value } of samples(before, name))
      expect([name, labels, now.get(labels)! >= value]).toEqual([name, labels, true])
  }
  expect(samples(after, 'weir_worker_restarts_total')).toEqual([{ labels: 'worker="1"', value: 1 }, { labels: 'worker="2"', value: 0 }])
})

const shipped = new URL('../../packages/metrics/', import.meta.url)
const rules = new URL('prometheus/alerts.yml', shipped).pathname
const files = [rules, ...globSync('grafana/*.json', { cwd: shipped }).map(file => new URL(file, shipped).pathname)]

test.each(files.map(file => [basename(file), file]))('%s uses no other names', (_name, file) => {
  const known = new Set(numbers.map(({ name }) => name))
  const names = namesIn(readFileSync(file, 'utf8'))
  expect(names.length).toBeGreaterThan(5)
  expect(names.filter(name => !known.has(name))).toEqual([])
})

test('the dashboard is one that Grafana reads: panels with a place, a source and queries', () => {
  const { panels, schemaVersion } = JSON.parse(readFileSync(new URL('grafana/weir.json', shipped), 'utf8')) as {
    panels: { gridPos: object, targets: { expr: string }[] }[]
    schemaVersion: number
  }
  expect(schemaVersion).toBeGreaterThan(30)
  expect(panels.length).toBeGreaterThan(10)
  for (const { gridPos, targets } of panels) {
    expect(gridPos).toEqual({
      h: expect.any(Number) as number,
      w: expect.any(Number) as number,
      x: expect.any(Number) as number,
      y: expect.any(Number) as number
    })
    expect(targets.every(({ expr }) => expr.includes('weir_'))).toBe(true)
  }
})

describeWithPrometheus('Prometheus', (prometheus, promtool) => {
  const check = (args: readonly string[], input?: string): { status: number | null, output: string } => {
    const { status, stdout, stderr } = spawnSync(promtool, args, {
      encoding: 'utf8',
      ...(input === undefined ? {} : { input })
    })
    return { status, output: stdout + stderr }
  }

  test('promtool finds nothing to improve in the names', async () => {
    expect(check(['check', 'metrics'], await scrape())).toEqual({ status: 0, output: '' })
  })

  test('promtool takes the alert rules', () => {
    expect(check(['check', 'rules', '--lint-fatal', rules])).toMatchObject({
      status: 0,
      output: expect.stringContaining('SUCCESS') as string
    })
  })

  test('it scrapes, and answers every query of the dashboard', async () => {
    const port = await freePort()
    const { host } = new URL(weir.api.base)
    const config =
      `global:\n  scrape_interval: 200ms\nscrape_configs:\n  - job_name: weir\n    static_configs:\n      - targets: ['${host}']\n`
    await runProgram(
      prometheus,
      ['--config.file=DIR/prometheus.yml', '--storage.tsdb.path=DIR/data', `--web.listen-address=127.0.0.1:${port}`],
      { 'prometheus.yml': config },
      { port }
    )
    const query = async (
      expr: string
    ): Promise<{ status: string, data?: { result: { value: [number, string] }[] } }> => {
      const url = new URL(`http://127.0.0.1:${port}/api/v1/query`)
      url.searchParams.set('query', expr)
      return await (await fetch(url)).json() as never
    }
    await until(async () => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok, 'Prometheus to be ready')
    await until(
      async () => (await query('weir_user_vserver_accepted_total')).data?.result[0]?.value[1] === String(CLIENTS),
      'the counter to be in Prometheus'
    )
    const { panels } = JSON.parse(readFileSync(new URL('grafana/weir.json', shipped), 'utf8')) as {
      panels: { targets: { expr: string }[] }[]
    }
    for (const { expr } of panels.flatMap(({ targets }) => targets)) {
      expect(await query(expr.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '1m'))).toMatchObject({
        status: 'success'
      })
    }
  })
})
