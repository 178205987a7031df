// Inspection of requests in a process of its own: with libmodsecurity and the Core Rule Set, and without them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { until } from '@weirlb/testing'
import {
  findInstallation,
  type Inspected,
  type InspectedRequest,
  Inspector,
  type InspectorState,
  LIBRARY_VARIABLE,
  MOST_WAITING,
  MOST_WAITING_BYTES,
  RULES_VARIABLE
} from '@weirlb/waf'
import { describeWithModSecurity } from '../support/describe-with.ts'

const settings = { paranoia: 1, threshold: 5, off: [] }
const request = (uri: string, more: Partial<InspectedRequest> = {}): InspectedRequest => ({
  client: { address: '192.0.2.1', port: 4000 },
  port: 80,
  method: 'GET',
  uri,
  version: '1.1',
  headers: ['Host', 'shop.example', 'User-Agent', 'Mozilla/5.0', 'Accept', '*/*'],
  body: undefined,
  ...more
})

let states: InspectorState[] = []
let inspector: Inspector
const start = (): void => {
  states = []
  inspector = new Inspector(state => { states.push(state) })
  inspector.use([settings])
}
afterEach(() => {
  inspector.stop()
  vi.unstubAllEnvs()
})

const inspect = async (what: InspectedRequest, timeoutMs = 10_000): Promise<Inspected> =>
  await new Promise(resolve => {
    inspector.inspect(settings, what, timeoutMs, resolve)
  })

describe('without the library or its rules', () => {
  test('it says what is missing, and every inspection fails at once', async () => {
    vi.stubEnv(LIBRARY_VARIABLE, '/nowhere/libmodsecurity.so.3')
    const missing = 'there is no file /nowhere/libmodsecurity.so.3, which WEIR_MODSECURITY names'
    start()
    // It came before that was known.
    expect(await inspect(request('/'))).toEqual({ failed: missing })
    expect(inspector.state).toEqual({ value: 'absent', reason: missing })
    expect(await inspect(request('/'))).toEqual({ failed: missing })
    expect(inspector.pid).toBeUndefined()
  })

  test('names of both are looked at', () => {
    const library = process.execPath
    expect(findInstallation({ WEIR_MODSECURITY: '/nowhere/lib.so' })).toBe(
      'there is no file /nowhere/lib.so, which WEIR_MODSECURITY names'
    )
    expect(findInstallation({ WEIR_MODSECURITY: library, WEIR_CRS: '/nowhere' })).toBe(
      'there are no rules in /nowhere, which WEIR_CRS names'
    )
  })

  test('a file that is no library makes it absent, and ends nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waf-'))
    try {
      writeFileSync(join(folder, 'REQUEST-901-INITIALIZATION.conf'), '')
      vi.stubEnv(LIBRARY_VARIABLE, process.execPath)
      vi.stubEnv(RULES_VARIABLE, folder)
      start()
      expect(await inspect(request('/'))).toEqual({ failed: expect.any(String) as string })
      expect(inspector.state).toMatchObject({ value: 'absent', reason: expect.any(String) as string })
    } finally { rmSync(folder, { recursive: true }) }
  })
})

describeWithModSecurity('the Core Rule Set', () => {
  test('finds attacks in paths, headers and bodies, and nothing in an upgrade to MQTT', async () => {
    start()
    expect(await inspect(request('/?q=hello'))).toEqual({ refused: false, score: 0, rules: [] })
    expect(await inspect(request('/?q=%3Cscript%3Ealert(1)%3C/script%3E'))).toMatchObject({
      refused: true,
      rules: expect.arrayContaining([
        expect.objectContaining({ id: expect.stringMatching(/^941/) as string })
      ]) as unknown
    })
    expect(await inspect(request('/?f=../../etc/passwd'))).toMatchObject({ refused: true })
    const form = request('/', { method: 'POST', headers: ['Host', 'shop.example', 'User-Agent', 'x', 'Accept', '*/*', 'Content-Type', 'application/x-www-form-urlencoded', 'Content-Length', '26'], body: Buffer.from("user=x' OR '1'='1' -- &p=12") })
    expect(await inspect(form)).toMatchObject({ refused: true, rules: expect.arrayContaining([expect.objectContaining({ id: expect.stringMatching(/^942/) as string })]) as unknown })
    const upgrade = ['Host', 'shop.example', 'User-Agent', 'x', 'Accept', '*/*', 'Connection', 'Upgrade', 'Upgrade', 'websocket', 'Sec-WebSocket-Version', '13', 'Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Protocol', 'mqtt']
    expect(await inspect(request('/mqtt', { headers: upgrade }))).toMatchObject({ refused: false })
  })

  test('has four levels of paranoia', async () => {
    start()
    const refusedAt = async (uri: string): Promise<number[]> => {
      const found = await Promise.all([1, 2, 3, 4].map(async paranoia =>
        await new Promise<Inspected>(resolve => {
          inspector.inspect({ ...settings, paranoia }, request(uri), 10_000, resolve)
        })
      ))
      return found.flatMap((result, n) => 'refused' in result && result.refused ? [n + 1] : [])
    }
    expect(await refusedAt('/?q=%3Cscript%3Ealert(1)%3C/script%3E')).toEqual([1, 2, 3, 4])
    expect(await refusedAt('/?q=select%20a%20from%20b')).toEqual([2, 3, 4])
    expect(await refusedAt('/?x=%25')).toEqual([3, 4])
    expect(await refusedAt('/?q=a%27b')).toEqual([4])
    expect(await refusedAt('/?q=hello')).toEqual([])
  })

  test('holds no more bytes of bodies than its bound while its process does not get on', async () => {
    start()
    await inspect(request('/'))
    process.kill(inspector.pid!, 'SIGSTOP')
    const results: Inspected[] = []
    const body = Buffer.alloc(1_048_576)
    for (let n = 0; n < MOST_WAITING_BYTES / body.length + 3; n++)
      inspector.inspect(settings, request('/', { method: 'POST', body }), 10_000, result => {
        results.push(result)
      })
    expect(results).toEqual(
      Array.from({ length: 3 }, () => ({ failed: `bodies of ${MOST_WAITING_BYTES} bytes wait for their inspection` }))
    )
    process.kill(inspector.pid!, 'SIGSEGV')
    process.kill(inspector.pid!, 'SIGCONT')
    await until(() => results.length === MOST_WAITING_BYTES / body.length + 3, 'all to fail')
    expect(await inspect(request('/', { method: 'POST', body }))).toMatchObject({
      refused: expect.any(Boolean) as boolean
    })
    expect(states.find(({ value }) => value === 'restarting')).toMatchObject({ reason: 'signal SIGSEGV' })
  })

  test('is stopped for a time, and killed: requests fail in time, and the next process inspects', async () => {
    start()
    await inspect(request('/'))
    const { pid } = inspector
    process.kill(pid!, 'SIGSTOP')
    expect(await inspect(request('/'), 100)).toEqual({ failed: 'its inspection took too long' })
    const results: Inspected[] = []
    for (let n = 0; n < MOST_WAITING + 10; n++)
      inspector.inspect(settings, request('/'), 10_000, result => {
        results.push(result)
      })
    // One is still in the process.
    expect(results).toEqual(
      Array.from({ length: 11 }, () => ({ failed: `${MOST_WAITING} requests wait for their inspection` }))
    )
    process.kill(pid!, 'SIGKILL')
    await until(() => results.length === MOST_WAITING + 10, 'all to fail')
    expect(await inspect(request('/'))).toMatchObject({ refused: false })
    expect(inspector.pid).not.toBe(pid)
    expect(states.map(({ value }) => value)).toEqual(['starting', 'up', 'restarting', 'starting', 'up'])
  })
})
