// What the console costs: its page, in Chromium, and Weir, while one is open.
//   node bench/src/console/console.ts [--part bytes|paint|table|server|heap]... [--connections N] [--send N] [--rounds
// N] [--seconds N] [--minutes N] [--at PAGE]... bytes: files of the console, compressed, with and without the editor,
// and what the overview loads. paint: first paint of the overview, without a cache, and the time until its tables are
// there. table: frames while the table of N connections is scrolled from top to bottom, and the answer to a filter and
// to a sort. server: CPU time of Weir with a console open and without, in turns. heap: JavaScript's heap of pages that
// follow streams for N minutes, each in a tab; garbage is collected at the marks.
// N clients of one user vserver, from addresses of loopback, send N lines a second over all of them.
import { readdirSync, statSync } from 'node:fs'
import { loadavg } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Browser } from 'playwright-core'
import { ConsoleFarm } from '../../../test/support/console-farm.ts'
import { Child } from '../processes/child.ts'
import { cpuUs, treeOf } from '../process-tree.ts'
import { root } from '../run-info.ts'
import { median } from '../statistics.ts'
import { scrollFrames, timeUntil } from './in-page.ts'
import { startBrowser, Tab } from './tab.ts'

const parts = ['bytes', 'paint', 'table', 'server', 'heap'] as const
const { values } = parseArgs({
  options: {
    part: { type: 'string', multiple: true, default: [...parts] },
    connections: { type: 'string', default: '10000' },
    send: { type: 'string', default: '500' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '20' },
    minutes: { type: 'string', default: '2' },
    at: { type: 'string', multiple: true, default: ['/overview', '/connections'] }
  }
})
const [connections, send, rounds, seconds, minutes] = [
  values.connections,
  values.send,
  values.rounds,
  values.seconds,
  values.minutes
].map(Number) as [number, number, number, number, number]
const wanted = (part: typeof parts[number]): boolean => values.part.includes(part)
const load = (): string => `load ${loadavg()[0]!.toFixed(1)}`
const both = (numbers: readonly number[], digits = 0): string =>
  `${median(numbers).toFixed(digits)} (least ${Math.min(...numbers).toFixed(digits)})`
const kb = (bytes: number): string => `${(bytes / 1000).toFixed(0)} KB`

/** What is there when a page has what it asked for. */
const READY = 'section[aria-label="Pools and services"] tbody tr'
/** The same of any page. */
const SHOWN = 'main tbody tr, main [data-node]'
const EDITOR = /^code-mirror/

const measureBytes = async (browser: Browser, base: string): Promise<void> => {
  const assets = `${root}packages/console/site/assets/`
  const sizeOf = (which: (name: string) => boolean): number =>
    readdirSync(assets).filter(name => name.endsWith('.br') && which(name)).reduce(
      (sum, name) => sum + statSync(assets + name).size,
      0
    )
  const [rest, editor] = [sizeOf(name => !EDITOR.test(name)), sizeOf(name => EDITOR.test(name))]
  console.log(`\nfiles, with Brotli: ${kb(rest)} without the editor, ${kb(rest + editor)} with it`)
  const tab = await Tab.open(browser)
  const { counted } = await tab.countBytes()
  await tab.page.goto(`${base}/#/overview`)
  await tab.page.locator(READY).first().waitFor()
  console.log(`over the wire until the overview is there, answers of the API included: ${kb(counted())}`)
  await tab.close()
}

const measurePaint = async (browser: Browser, base: string): Promise<void> => {
  const [paints, whole]: [number[], number[]] = [[], []]
  for (let round = -1; round < rounds; round++) {
    const tab = await Tab.open(browser)
    await tab.page.goto(`${base}/#/overview`)
    await tab.page.locator(READY).first().waitFor()
    const ready = await tab.page.evaluate('performance.now()') as number
    const paint = await tab.page.evaluate(
      'performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN'
    ) as number
    await tab.close()
    // The first one warms the server and the browser.
    if (round >= 0) {
      paints.push(paint)
      whole.push(ready)
    }
  }
  console.log(
    `\nfirst paint of the overview: ${both(paints)} ms; its tables: ${both(whole)} ms; ${rounds} rounds, ${load()}`
  )
}

const measureTable = async (browser: Browser, base: string): Promise<void> => {
  const tab = await Tab.open(browser)
  const { page } = tab
  const begun = performance.now()
  await page.goto(`${base}/#/connections`)
  await page.locator('section[aria-label="Connections"] tbody tr:not(.gap)').first().waitFor()
  console.log(
    `\ntable of ${connections} connections, ${load()}: there after ${(performance.now() - begun).toFixed(0)} ms`
  )
  for (let round = 0; round < rounds; round++) {
    const before = await tab.busy()
    const frames = (await page.evaluate(scrollFrames) as number[]).sort((a, b) => a - b)
    const after = await tab.busy()
    const at = (share: number): string =>
      frames[Math.min(frames.length - 1, Math.floor(share * frames.length))]!.toFixed(0)
    const per = (what: keyof typeof after): string => ((after[what] - before[what]) / frames.length).toFixed(1)
    console.log(
      `  ${frames.length} frames of a scroll: median ${at(0.5)}, p95 ${at(0.95)}, most ${
        at(1)
      } ms; of the main thread ${per('tasks')} ms a frame (script ${per('script')}, layout ${per('layout')})`
    )
  }
  const input = page.getByLabel('Filter connections')
  await input.waitFor()
  const filter = await page.evaluate(timeUntil('device-777')) as number
  await input.fill('')
  const sort = await page.evaluate(timeUntil(undefined)) as number
  console.log(`  a filter is answered in ${filter.toFixed(0)} ms, a sort in ${sort.toFixed(0)} ms`)
  await tab.close()
}

const measureServer = async (browser: Browser, base: string, pid: number): Promise<void> => {
  console.log(`\nCPU time of Weir with ${connections} connections and ${send} lines a second, % of a core; ${rounds} rounds of ${seconds} s in turns, ${load()}`)
  const used = async (): Promise<number> => {
    const pids = treeOf(pid)
    const before = cpuUs(pids)
    await pause(seconds * 1000)
    return (cpuUs(pids) - before) / (seconds * 10_000)
  }
  const found = new Map(['none', ...values.at].map(at => [at, [] as number[]]))
  for (let round = 0; round < rounds; round++) {
    for (const [at, into] of found) {
      if (at === 'none') {
        into.push(await used())
        continue
      }
      const tab = await Tab.open(browser)
      await tab.page.goto(`${base}/#${at}`)
      await tab.page.locator(SHOWN).first().waitFor()
      await pause(3000)
      into.push(await used())
      await tab.close()
    }
  }
  const none = found.get('none')!
  for (const [at, all] of found)
    console.log(
      `  ${at === 'none' ? 'no console' : at}: ${both(all, 1)}${
        at === 'none' ? '' : `; more than without in the same round: ${both(all.map((each, i) => each - none[i]!), 1)}`
      }`
    )
}

const MARK_MINUTES = [1, 5, 15, 30, 45, 60, 75, 90, 120]

const measureHeap = async (browser: Browser, farm: ConsoleFarm): Promise<void> => {
  console.log(`\nheap of pages over ${minutes} minutes, a sample each second, a service that is disabled and enabled each 10 s; ${connections} connections, ${send} lines a second, ${load()}`)
  const tabs = await Promise.all(values.at.map(async at => {
    const tab = await Tab.open(browser)
    await tab.page.goto(`${farm.base}/#${at}`)
    await tab.page.locator(SHOWN).first().waitFor()
    return { at, tab, most: 0 }
  }))
  const { api } = farm.weir
  const begun = performance.now()
  const marks = [...MARK_MINUTES.filter(mark => mark < minutes), minutes]
  for (let second = 1; marks.length > 0; second++) {
    await pause(Math.max(0, second * 1000 - (performance.now() - begun)))
    for (const each of tabs) each.most = Math.max(each.most, await each.tab.heapMb())
    if (second % 10 === 0)
      await api.call('patchService', {
        path: { name: 's2' },
        body: { state: second % 20 === 0 ? 'enabled' : 'disabled' }
      })
    const elapsed = (performance.now() - begun) / 60_000
    if (elapsed < marks[0]!) continue
    marks.shift()
    for (const each of tabs) {
      const { heapMb, nodes, listeners } = await each.tab.held()
      console.log(
        `  ${elapsed.toFixed(0)} min ${each.at}: ${
          heapMb.toFixed(1)
        } MB, ${nodes} nodes, ${listeners} listeners; since the last mark at most ${
          each.most.toFixed(1)
        } MB with garbage; ${load()}`
      )
      each.most = 0
    }
  }
  for (const { tab } of tabs) await tab.close()
}

/** Clients that come before the next are asked for: an answer may take a minute. */
const PART = 500
const farm = await ConsoleFarm.start({ workers: 2, logLevel: 'warn', onLog: () => {} })
const clients = Child.start(import.meta.resolve('./clients.ts'))
const browser = await startBrowser()
try {
  await clients.hear()
  const port = await farm.weir.api.port('lines')
  for (let left = connections; left > 0; left -= PART)
    await clients.ask({ order: 'connect', port, count: Math.min(PART, left) })
  await clients.ask({ order: 'send', perSecond: send })
  console.log(`${connections} connections, Node ${process.version}, Chromium ${browser.version()}, ${load()}`)
  if (wanted('bytes')) await measureBytes(browser, farm.base)
  if (wanted('paint')) await measurePaint(browser, farm.base)
  if (wanted('table')) await measureTable(browser, farm.base)
  if (wanted('server')) await measureServer(browser, farm.base, farm.weir.pid)
  if (wanted('heap')) await measureHeap(browser, farm)
} finally {
  await browser.close()
  await clients.stop()
  await farm.stop()
}
