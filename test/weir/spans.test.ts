// OpenTelemetry spans of connections, made by a real `weir serve` for the SDK that its operator loads.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createWeir } from 'weirlb'
import { until } from '@weirlb/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { certificateFor } from '../support/certificate.ts'
import { WeirProcess } from '../support/weir-process.ts'
import { freePort } from '../support/free-port.ts'
import { Client, Farm, serverOf } from './farm.ts'

interface Exported {
  readonly name: string
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  readonly parent?: string
  readonly start: number
  readonly end: number
  readonly attributes: Readonly<Record<string, unknown>>
  readonly events: readonly { readonly name: string, readonly attributes?: Readonly<Record<string, unknown>> }[]
  readonly status: { readonly code: number, readonly message?: string }
}

const sdk = new URL('../fixtures/spans-to-file.ts', import.meta.url).href
let farm: Farm
let folder: string
beforeAll(async () => {
  farm = await Farm.start('red', 'blue')
  folder = mkdtempSync(join(tmpdir(), 'weir-spans-'))
})
afterAll(() => {
  farm.close()
  rmSync(folder, { recursive: true })
})

let files = 0
/** Run a Weir with the SDK, and return the spans that it has exported by its end. */
const spansOf = async (args: readonly string[], run: (weir: WeirProcess) => Promise<void>): Promise<Exported[]> => {
  const file = join(folder, `spans-${++files}`)
  const weir = await WeirProcess.start({ workers: 2, nodeArgs: ['--import', sdk], args, env: { SPANS_FILE: file } })
  try {
    await weir.api.call('replaceConfig', { body: farm.config() })
    await run(weir)
  } finally {
    await weir.stop()
  }
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(line => JSON.parse(line) as Exported) : []
}
const whenEnded = async (weir: WeirProcess, count: number): Promise<void> => {
  await until(
    async () =>
      Object.values((await weir.api.call('getStats')).body.userVservers['v']!.closed).reduce((sum, ended) =>
        sum + ended, 0) >= count,
    'the ends'
  )
}

test('a connection is a span with a child for each part of its life', async () => {
  const before = Date.now()
  const spans = await spansOf(['--spans', '1'], async weir => {
    await serverOf(await weir.api.port('v'), 'ann')
    await whenEnded(weir, 1)
    // Nobody listens where this one is sent to.
    await weir.api.call('patchService', { path: { name: 'red' }, body: { port: await freePort() } })
    await weir.api.call('patchService', { path: { name: 'blue' }, body: { port: await freePort() } })
    await Client.connect(await weir.api.port('v'), 'bea').catch(() => {})
    await whenEnded(weir, 2)
  })
  const roots = spans.filter(({ name }) => name === 'weir.connection')
  expect(roots).toHaveLength(2)
  const [good, bad] = roots as [Exported, Exported]
  const childrenOf = (root: Exported): Exported[] =>
    spans.filter(({ parent, traceId }) => parent === root.spanId && traceId === root.traceId)

  expect(good).toMatchObject({
    kind: 1,
    attributes: {
      'client.address': '127.0.0.1',
      'network.transport': 'tcp',
      'weir.user_vserver': 'v',
      'weir.lb_vserver': 'lb',
      'weir.service': expect.stringMatching(/^(red|blue)$/) as string,
      'weir.session': 'ann',
      'weir.fields.hello.name': 'ann',
      'weir.close_reason': expect.stringMatching(/^client-/) as string
    },
    status: { code: 0 }
  })
  expect(good.parent).toBeUndefined()
  expect(good.events).toEqual([
    expect.objectContaining({
      name: 'close',
      attributes: expect.objectContaining({ 'weir.close_reason': good.attributes['weir.close_reason'] }) as unknown
    })
  ])
  const children = childrenOf(good).sort((a, b) => a.start - b.start || a.end - b.end)
  expect(children.map(({ name }) => name)).toEqual([
    'weir.first_message',
    'weir.judge',
    'weir.dial',
    'weir.first_reply'
  ])
  let last = good.start
  for (const { start, end } of children) {
    expect(start).toBeGreaterThanOrEqual(last)
    expect(end).toBeGreaterThanOrEqual(start)
    expect(end).toBeLessThanOrEqual(good.end)
    last = start
  }
  expect(good.start).toBeGreaterThan(before - 1000)
  expect(good.end).toBeLessThan(Date.now() + 1000)

  expect(bad).toMatchObject({ attributes: { 'error.type': 'dial-failed', 'weir.session': 'bea' }, status: { code: 2 } })
  const dials = childrenOf(bad).filter(({ name }) => name === 'weir.dial')
  expect(new Set(dials.map(({ attributes }) => attributes['weir.service']))).toEqual(new Set(['red', 'blue']))
  for (const { status } of dials) expect(status.code).toBe(2)
})

test('the handshake of TLS is a child too', async () => {
  const { cert, key } = await certificateFor('a.example')
  const spans = await spansOf(['--spans', '1'], async weir => {
    const { userVservers = [], ...config } = farm.config()
    await weir.api.call('replaceConfig', {
      body: {
        ...config,
        certkeys: [{ name: 'c', cert, key }],
        userProtocols: [{ name: 'HELLO', transport: 'ssl', extension: 'hello' }],
        userVservers: userVservers.map(vserver => ({ ...vserver, certificates: ['c'] }))
      }
    })
    await serverOf(await weir.api.port('v'), 'ann', 'a.example')
    await whenEnded(weir, 1)
  })
  const root = spans.find(({ name }) => name === 'weir.connection')!
  const layers = spans.find(({ name }) => name === 'weir.layers')!
  expect(root.attributes['tls.server.name']).toBe('a.example')
  expect([layers.parent, layers.start]).toEqual([root.spanId, root.start])
  expect(layers.end).toBeGreaterThan(layers.start)
  expect(spans.find(({ name }) => name === 'weir.first_message')!.start).toBe(layers.end)
})

test('a share of the connections is sampled, and none without the switch', async () => {
  const run = async (weir: WeirProcess): Promise<void> => {
    const port = await weir.api.port('v')
    await Promise.all(Array.from({ length: 200 }, async (_, i) => await serverOf(port, `client-${i}`)))
    await whenEnded(weir, 200)
  }
  const roots = (await spansOf(['--spans', '0.5'], run)).filter(({ name }) => name === 'weir.connection')
  // Twelve standard deviations.
  expect(roots.length).toBeGreaterThan(15)
  expect(roots.length).toBeLessThan(185)
  expect(await spansOf([], async weir => {
    await serverOf(await weir.api.port('v'), 'ann')
    await whenEnded(weir, 1)
  })).toEqual([])
})

test('without an SDK, Weir says that nobody gets the spans', async () => {
  const weir = await WeirProcess.start({ workers: 1, args: ['--spans', '1'] })
  await until(
    () => weir.log.some(({ msg }) => msg?.startsWith('no OpenTelemetry SDK is registered') === true),
    'the line'
  )
  await weir.stop()
})

test.each([0, -1, 1.5, NaN, 'all'])('a share of %s is refused', share => {
  expect(() => createWeir({ spans: { share: share as number } })).toThrow(
    expect.objectContaining({
      code: 'config-invalid',
      message: expect.stringContaining('spans.share: expected a number above 0 and up to 1') as unknown
    })
  )
})
