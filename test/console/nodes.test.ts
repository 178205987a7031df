// Two `weir serve` with one redis-server, as the console of one of them shows them.
import { until } from '@weirlb/testing'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ConsoleBrowser, expectAccessible } from '../support/console-browser.ts'
import { ConsoleFarm } from '../support/console-farm.ts'
import { describeWithChromium, describeWithRedis } from '../support/describe-with.ts'
import { freePort } from '../support/free-port.ts'
import { Redis } from '../support/redis.ts'
import { WeirProcess } from '../support/weir-process.ts'

/** As long as a name may be. */
const LONG = `b${'-very-long'.repeat(12)}-node`.slice(0, 127)

const TRIES = 3
/** Start a node. A process that is starved while it starts may take longer to connect than it waits for a store. */
const patiently = async <T>(start: () => Promise<T>): Promise<T> => {
  for (let tried = 1; ; tried++) {
    try {
      return await start()
    } catch (error) {
      if (tried === TRIES || !(error as Error).message.includes('store-unreachable')) throw error
    }
  }
}

describeWithRedis('nodes of a cluster', redisServer => {
  describeWithChromium('in the console', program => {
    let browser: ConsoleBrowser
    let redis: Redis
    let farm: ConsoleFarm
    let other: WeirProcess
    beforeAll(async () => {
      redis = await Redis.start(redisServer)
      const cluster = (
        node: string
      ): readonly string[] => [
        '--cluster',
        `redis://127.0.0.1:${redis.port}?prefix=console-${process.pid}:`,
        '--node',
        node
      ]
      farm = await patiently(async () => await ConsoleFarm.start({ args: cluster('a') }))
      other = await patiently(async () => await WeirProcess.start({ workers: 1, args: cluster(LONG) }))
      browser = await ConsoleBrowser.start(program)
    })
    afterEach(() => { browser.expectNoFaults() })
    afterAll(async () => {
      await browser?.stop()
      await other?.stop()
      await farm?.stop()
      await redis?.kill()
    })

    test('shows each with its figures and which one this is, and one that cannot run a revision', async () => {
      await farm.client('hello anna')
      const page = await browser.open(farm.base, { at: '/nodes' })
      const row = (name: string): ReturnType<typeof page.getByRole> =>
        page.getByRole('row', { name: new RegExp(`^${name} `) })
      await row('a').getByText('(this one)').waitFor()
      await until(
        async () => /^a \(this one\)\s+up\s+\S+\s+\d+\s+1\s/.test(await row('a').innerText()),
        'the client of this node'
      )
      await row(LONG).getByText('up', { exact: true }).waitFor()
      await page.getByText('2 nodes, 1 client').waitFor()
      await page.getByRole('region', { name: 'Shared store' }).getByText('The nodes share all sessions.').waitFor()
      await expectAccessible(page)
      // A port that is taken, by the other node, because both are on one machine.
      await farm.weir.api.call('createUserVserver', {
        body: { name: 'fixed', protocol: 'LINES', address: '127.0.0.1', port: await freePort(), defaultLb: 'lb' }
      })
      await row(LONG).getByText('refuses').waitFor()
      await row(LONG).getByText(/^It cannot run revision \d+, and keeps \d+: /).waitFor()
      await page.setViewportSize({ width: 390, height: 844 })
      await page.evaluate('location.hash = "#/overview"')
      await page.getByRole('status').getByText(
        /^Node b-very.*does not follow the configuration of the cluster\. It cannot run revision/
      ).waitFor()
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
      await expectAccessible(page)
      await farm.weir.api.call('deleteUserVserver', { path: { name: 'fixed' } })
      await page.getByText(/does not follow/).waitFor({ state: 'detached' })
      await page.close()
    })

    test('shows a store that does not answer, keeps what it showed, and a node that leaves', async () => {
      const page = await browser.open(farm.base, { at: '/nodes' })
      const row = page.getByRole('row', { name: new RegExp(`^${LONG} `) })
      const store = page.getByRole('region', { name: 'Shared store' })
      await row.getByText('up', { exact: true }).waitFor()
      redis.pause()
      try {
        await store.getByText('away', { exact: true }).waitFor()
        await page.getByText('as they were when the store last answered').waitFor()
        await row.waitFor()
        await expectAccessible(page)
        await page.evaluate('location.hash = "#/overview"')
        await page.getByRole('status').getByText(/^The shared store is away: /).waitFor()
      } finally {
        redis.resume()
      }
      await page.getByText(/^The shared store is away: /).waitFor({ state: 'detached' })
      await page.evaluate('location.hash = "#/nodes"')
      await store.getByText('The nodes share all sessions.').waitFor()
      await row.getByText('up', { exact: true }).waitFor()
      await other.stop()
      await row.getByText('gone', { exact: true }).waitFor()
      await page.getByText('1 node, ').waitFor()
      await page.close()
    })
  })
})
