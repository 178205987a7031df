import { until } from '@weirlb/testing'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ConsoleBrowser } from '../support/console-browser.ts'
import { ConsoleFarm } from '../support/console-farm.ts'
import { describeWithChromium } from '../support/describe-with.ts'
import { freePort } from '../support/free-port.ts'
import { WeirProcess } from '../support/weir-process.ts'

const CLIENTS = 1000

describeWithChromium('the overview', program => {
  let browser: ConsoleBrowser
  let farm: ConsoleFarm
  let weir: WeirProcess
  let base: string

  beforeAll(async () => {
    farm = await ConsoleFarm.start({ workers: 2 })
    ;({ weir, base } = farm)
    browser = await ConsoleBrowser.start(program)
    await weir.api.call('createUserVserver', {
      body: { name: 'idle', protocol: 'LINES', address: '127.0.0.1', port: 0, defaultLb: 'lb' }
    })
  })
  afterEach(() => { browser.expectNoFaults() })
  afterAll(async () => {
    await browser?.stop()
    await farm?.stop()
  })

  const latest = async (page: Page, card: string, line: string): Promise<string> =>
    await page.locator(`section[aria-label="${card}"] [data-line="${line}"] strong`).innerText()

  test('shows 1,000 clients when there are 1,000, and who was refused', async () => {
    const page = await browser.open(base)
    for (let n = 0; n < CLIENTS; n += 50)
      await Promise.all(Array.from({ length: 50 }, async (_, i) => await farm.client(`hello ${n + i}`)))
    await farm.client('reject it')
    await until(async () => await latest(page, 'Connections', 'open') === '1,000', 'the sample with all clients')
    await page.getByRole('status', { name: 'Stream' }).getByText('Live').waitFor()
    await page.locator('section[aria-label="Refusals"]').getByText('rejected').waitFor()
    // Of one user vserver.
    await page.getByLabel('Show').selectOption('idle')
    await until(async () => await latest(page, 'Connections', 'open') === '0', 'the figures of the idle one')
    expect(new URL(page.url()).hash).toBe('#/overview?vserver=idle')
    await page.getByLabel('Show').selectOption('lines')
    await until(async () => await latest(page, 'Connections', 'open') === '1,000', 'the figures of the busy one')
    await page.close()
  })

  test('shows a service that goes down and comes back, with the reason and the time of its change', async () => {
    const page = await browser.open(base)
    const row = page.getByRole('row', { name: /^watched / })
    await weir.api.call('createService', {
      body: { name: 'watched', address: '127.0.0.1', port: farm.serverPort, state: 'disabled' }
    })
    await row.getByText('disabled').waitFor()
    await weir.api.call('enableService', { path: { name: 'watched' } })
    await row.getByText('up').waitFor()
    expect(await row.locator('time').getAttribute('title')).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0[12]:00$/)
    await weir.api.call('deleteService', { path: { name: 'watched' } })
    await row.waitFor({ state: 'detached' })
    await page.close()
  })

  test('shows that a user vserver is in defence mode', async () => {
    const page = await browser.open(base)
    await weir.api.call('patchUserVserver', { path: { name: 'idle' }, body: { floods: { mode: 'on' } } })
    await page.getByText(/^Defence mode: user vserver idle takes fewer clients/).waitFor()
    await weir.api.call('patchUserVserver', { path: { name: 'idle' }, body: { floods: { mode: 'off' } } })
    await page.getByText(/^Defence mode/).waitFor({ state: 'detached' })
    await page.close()
  })

  test('is used by keyboard: the content is one step away, and a page announces itself', async () => {
    const page = await browser.open(base)
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    expect(await page.evaluate('document.activeElement.tagName')).toBe('MAIN')
    await page.evaluate('location.hash = "#/nowhere"')
    await page.getByText('There is no such page').waitFor()
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1')
    expect(await page.title()).toBe('Not found · Weir')
    await page.close()
  })

  test('a viewer whose clock is wrong is told, and sees the server\'s ages', async () => {
    const page = await browser.open(base, { clock: Date.now() - 7_230_000 })
    await page.getByText(/^The clock of this machine is 2 h behind Weir's/).waitFor()
    const times = page.locator('section[aria-label="Pools and services"] time')
    // The clock is told with the first answer, and the services may be of a later one.
    await times.first().waitFor()
    const ages = await times.allInnerTexts()
    expect(ages.length).toBeGreaterThan(0)
    for (const age of ages) expect(age).toMatch(/^\d+ (s|min)( \d+ s)? ago$/)
    await page.close()
  })

  test('a server that goes away is told, and its successor is shown when it is there', async () => {
    const admin = `127.0.0.1:${await freePort()}`
    const first = await WeirProcess.start({ workers: 1, admin })
    const page = await browser.open(first.api.base)
    const stream = page.getByRole('status', { name: 'Stream' })
    await stream.getByText('Live').waitFor()
    await first.stop()
    await stream.getByText('Reconnecting').waitFor()
    await page.getByText(/^What you see may be old/).waitFor()
    const second = await WeirProcess.start({ workers: 1, admin })
    try {
      await stream.getByText('Live').waitFor()
      await page.getByText(/^What you see may be old/).waitFor({ state: 'detached' })
      // Its history is another one: it begins with it.
      await until(async () => await latest(page, 'Connections', 'open') === '0', 'a sample of the successor')
    } finally {
      await page.close()
      await second.stop()
    }
  })
})
