// The OWASP Core Rule Set on HTTP requests and upgrades; and what a Weir does on a machine that has no libmodsecurity.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { beforeEach, describe, expect, test } from 'vitest'
import type { SecurityEvent } from '@weirlb/admin/client'
import { until } from '@weirlb/testing'
import { findInstallation } from '@weirlb/waf'
import { describeWithModSecurity } from '../support/describe-with.ts'
import { atEnd } from '../support/engine-bench.ts'
import { EventReader } from '../support/event-reader.ts'
import { ManagedBench } from '../support/managed-bench.ts'
import { sharedWeir } from '../support/shared-weir.ts'
import { WeirProcess } from '../support/weir-process.ts'

const SCRIPT = '/?q=%3Cscript%3Ealert(1)%3C/script%3E'
const form = { 'content-type': 'application/x-www-form-urlencoded' }

describeWithModSecurity('owasp-crs', () => {
  let bench: ManagedBench
  let since: string
  beforeEach(async () => {
    expect(findInstallation()).toMatchObject({ library: expect.stringContaining('libmodsecurity') as string })
    bench = await ManagedBench.on(await sharedWeir({ workers: 1 }))
    since = new Date().toISOString()
  })

  const check = async (more: Parameters<ManagedBench['check']>[0] = {}): Promise<void> => {
    await bench.check({ group: 'owasp-crs', timeoutMs: 10_000, ...more })
    await until(async () => { await bench.status(SCRIPT); return ((await bench.counted('941'))?.matched ?? 0) > 0 }, 'requests to be inspected')
  }
  const events = async (): Promise<readonly SecurityEvent[]> =>
    (await bench.weir.api.call('listSecurityEvents', { query: { kind: 'managed-check', since, limit: 1000 } })).body
      .items

  /** The processes that inspect for the Weir under test. */
  const inspectors = (): number[] =>
    readdirSync('/proc').filter(pid => /^\d+$/.test(pid) && isInspector(pid)).map(Number)
  const isInspector = (pid: string): boolean => {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('inspector-main')) return false
      const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!
      return new RegExp(`^PPid:\\s+${bench.weir.pid}$`, 'm').test(readFileSync(`/proc/${parent}/status`, 'utf8'))
    } catch { return false }
  }

  test('refuses attacks, passes what is none, and reports score and rules, and no secrets', async () => {
    await check({ onFailure: 'closed' })
    const attacks = ['/?q=%3Cscript%3Ealert(document.cookie)%3C/script%3E', "/?token=hush1'%20UNION%20SELECT%20username,password%20FROM%20users--", '/?file=../../../../etc/passwd']
    for (const path of attacks) expect([path, await bench.status(path)]).toEqual([path, 403])
    expect(await bench.status('/?q=hello+world&page=2')).toBe(200)
    expect(await bench.status('/login', { method: 'POST', body: "user=hush2'+OR+'1'='1'--", headers: form })).toBe(403)
    bench.bodies.length = 0
    expect(await bench.status('/login', { method: 'POST', body: 'user=anna&password=secret', headers: form })).toBe(200)
    // More than is inspected passes whole.
    const long = `a=${'b'.repeat(400_000)}`
    expect(
      await bench.status('/upload', {
        method: 'POST',
        body: long,
        headers: { ...form, 'content-length': String(long.length) }
      })
    ).toBe(200)
    expect(bench.bodies.map(body => body.length)).toEqual([25, long.length])
    expect(await bench.upgrade({ 'user-agent': 'Mozilla/5.0', accept: '*/*' })).toBe(101)
    const isUnion = ({ detail }: SecurityEvent): boolean => /SQL/.test(JSON.stringify(detail))
    await until(async () => (await events()).filter(isUnion).length >= 2, 'the events')
    const found = (await events()).findLast(isUnion)!
    expect(found).toMatchObject({
      name: 'edge/949',
      action: 'block',
      phase: 'request',
      userVserver: 'web',
      fields: { 'http.host': 'shop.example', 'http.request.method': 'GET', 'http.request.uri': '/?token=…' }
    })
    expect(found.detail).toEqual({
      score: expect.any(Number) as number,
      rules: expect.arrayContaining([expect.stringMatching(/^942\d{3} SQL/)]) as unknown
    })
    expect(found.detail!['score']).toBeGreaterThanOrEqual(5)
    expect(JSON.stringify(await events())).not.toContain('hush')
    expect(JSON.stringify(bench.weir.log)).not.toContain('hush')
    expect(await bench.managed()).toMatchObject({ value: 'up' })
    expect((await bench.weir.api.call('getHealth')).body.status).toBe('ok')
    const { items } = (await bench.weir.api.call('getSecurityTop', { query: { by: 'address' } })).body
    expect(items).toContainEqual(expect.objectContaining({ value: '127.0.0.1' }))
  })

  test('leaves out categories that are off, and simulates', async () => {
    await check({ rules: { 941: 'on' } })
    await bench.patch({ rules: { 941: 'off' } })
    await until(async () => await bench.status(SCRIPT) === 200, 'the category to be off')
    await bench.patch({ mode: 'simulate', rules: { 941: 'on' } })
    const before = (await bench.counted('941'))!.matched
    await until(async () => { await bench.status(SCRIPT); return (await bench.counted('941'))!.matched > before }, 'it to be counted')
    expect(await bench.status(SCRIPT)).toBe(200)
  })

  test('has four sensitivities and three thresholds', async () => {
    await check()
    const [script, select, percent, quote] = [SCRIPT, '/?q=select%20a%20from%20b', '/?x=%25', '/?q=a%27b']
    for (const [sensitivity, threshold, path, status] of [
      ['low', 'strict', select, 200], ['medium', 'strict', select, 403], ['medium', 'moderate', select, 200],
      ['low', 'strict', percent, 200], ['high', 'strict', percent, 403],
      ['high', 'strict', quote, 200], ['highest', 'strict', quote, 403],
      ['low', 'moderate', script, 403], ['low', 'lenient', script, 200]
    ] as const) {
      await bench.patch({ sensitivity, threshold })
      expect([sensitivity, threshold, path, await bench.status(path)]).toEqual([sensitivity, threshold, path, status])
    }
    // Points below the threshold are reported, and refuse nothing.
    await until(async () => (await events()).some(({ detail }) => detail?.['score'] === 3), 'the event')
    expect((await events()).find(({ detail }) => detail?.['score'] === 3)).toMatchObject({
      action: 'log',
      simulated: false,
      detail: { rules: [expect.stringMatching(/^920220 /) as string] }
    })
  })

  test('challenges in place of a refusal, and lets pass who has passed', async () => {
    await check({ mode: 'challenge' })
    const html = { accept: 'text/html' }
    const page = await bench.ask(SCRIPT, { headers: html })
    expect(page).toMatchObject({ status: 403, body: expect.stringContaining('data-puzzle') as string })
    const cookie = await bench.pass(page.body)
    expect(await bench.ask(SCRIPT, { headers: { ...html, cookie } })).toMatchObject({ status: 200, body: 'served' })
    expect(await bench.ask(SCRIPT, { headers: html })).toMatchObject({ status: 403 })
    await until(async () => (await events()).some(({ action }) => action === 'challenge'), 'the event')
    expect(await bench.counted('949')).toMatchObject({ blocked: 0, challenged: expect.any(Number) as number })
  })

  test('leaves out whom a rule of the operator skips, and whom an access rule allows', async () => {
    await check()
    await bench.weir.api.call('createRule', {
      body: { name: 'scanner', expression: 'http.user_agent eq "own scanner"', action: 'skip' }
    })
    expect(await bench.status(SCRIPT, { headers: { 'user-agent': 'own scanner' } })).toBe(200)
    expect(await bench.status(SCRIPT)).toBe(403)
    await bench.weir.api.call('createAccessRule', { body: { name: 'own', source: '127.0.0.1', action: 'allow' } })
    expect(await bench.status(SCRIPT)).toBe(200)
  })

  test('goes on when its process is stopped or dies, and decides by onFailure meanwhile', async () => {
    await check({ onFailure: 'closed' })
    await bench.patch({ timeoutMs: 300 })
    const news = await EventReader.open(`${bench.weir.api.base}/v1/events?type=inspector-status`)
    atEnd(() => { news.close() })
    const [inspector, ...others] = inspectors()
    expect(others).toEqual([])
    process.kill(inspector!, 'SIGSTOP')
    // A process that does not get on costs a request its time, and the worker nothing: others are served meanwhile.
    const stalled = bench.status('/')
    expect(await bench.upgrade({ connection: 'close' })).toBeLessThan(500)
    expect(await stalled).toBe(503)
    process.kill(inspector!, 'SIGKILL')
    await until(async () => await bench.status('/') === 200, 'the next process')
    expect(inspectors()).not.toContain(inspector)
    expect((await bench.counted('000'))!.blocked).toBeGreaterThan(0)
    await until(async () => (await events()).some(({ name }) => name === 'edge/000'), 'the event')
    expect((await events()).find(({ name }) => name === 'edge/000')).toMatchObject({
      action: 'block',
      detail: { why: expect.any(String) as string }
    })
    // A fault in native code.
    process.kill(inspectors()[0]!, 'SIGSEGV')
    await until(async () => await bench.status('/') === 200, 'the process behind that')
    // Its end is told, and why; and that it is back.
    const ends = [{ status: 'restarting', worker: 1, reason: 'signal SIGKILL' }, { status: 'up', worker: 1, reason: '' }]
    await until(() => news.of('inspector-status').length === 4, 'both ends, and both returns')
    expect(news.of('inspector-status')).toMatchObject([...ends, { ...ends[0], reason: 'signal SIGSEGV' }, ends[1]])
    expect(await bench.managed()).toMatchObject({
      value: 'up',
      userVservers: ['mqtt', 'web'],
      inspectors: [{ worker: 1, state: 'up', restarts: 2, lastEnd: { reason: 'signal SIGSEGV' } }]
    })
    // The worker is the same.
    expect((await bench.weir.api.call('getHealth')).body).toMatchObject({
      status: 'ok',
      inactive: [],
      workers: [{ status: 'up', restarts: 0 }]
    })
  })

  test('no process is left when its worker dies, not even one that hangs', async () => {
    const weir = await WeirProcess.start({ workers: 1 })
    atEnd(async () => { await weir.stop() })
    bench = await ManagedBench.on(weir)
    await check()
    const [inspector] = inspectors()
    process.kill(inspector!, 'SIGSTOP')
    const worker = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${inspector}/status`, 'utf8'))![1])
    process.kill(worker, 'SIGKILL')
    await until(
      () =>
        !existsSync(`/proc/${inspector}`) || readFileSync(`/proc/${inspector}/status`, 'utf8').includes('State:\tZ'),
      'its end'
    )
  })
})

describe('on a machine without libmodsecurity', () => {
  test('owasp-crs says what is missing, decides by onFailure, and begins when it is there', async () => {
    const weir = await WeirProcess.start({ workers: 1, env: { WEIR_MODSECURITY: '/nowhere/libmodsecurity.so.3' } })
    atEnd(async () => { await weir.stop() })
    const bench = await ManagedBench.on(weir)
    const missing = 'there is no file /nowhere/libmodsecurity.so.3, which WEIR_MODSECURITY names'
    for (const [onFailure, status] of [['open', 200], ['closed', 503]] as const) {
      await bench.check({ group: 'owasp-crs', onFailure, vservers: ['web'] })
      expect(await bench.managed()).toMatchObject({ value: 'inactive', reason: missing })
      expect((await weir.api.call('getHealth')).body).toMatchObject({ status: 'degraded', inactive: [{ entity: "managed check 'edge'", reason: missing }] })
      await until(async () => await bench.status(SCRIPT) === status, 'the request to be decided')
      await until(async () => (await bench.counted('000'))!.matched > 0, 'it to be counted')
      expect((await bench.managed())?.inspectors).toMatchObject([{ worker: 1, state: 'absent', reason: missing }])
      await until(
        async () =>
          (await weir.api.call('listSecurityEvents', { query: { name: 'edge/000' } })).body.items.some((
            { action, detail }
          ) => action === (status === 200 ? 'log' : 'block') && detail?.['why'] === missing),
        'the event'
      )
      await weir.api.call('deleteManagedCheck', { path: { name: 'edge' } })
    }
    await until(
      () =>
        weir.log.some(({ msg, state, reason }) =>
          msg === 'inspection of requests' && state === 'absent' && reason === missing
        ),
      'the line of the log'
    )
    // The other groups need nothing of the machine, and the health is good again.
    await bench.check({ group: 'ws-upgrade', rules: { W006: 'block' } })
    expect(await bench.upgrade({ 'sec-websocket-protocol': 'chat' })).toBe(403)
    expect((await weir.api.call('getHealth')).body).toMatchObject({ status: 'ok', inactive: [] })
  })
})
