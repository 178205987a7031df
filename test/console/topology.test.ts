import { until } from '@weirlb/testing'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ConsoleBrowser, expectAccessible } from '../support/console-browser.ts'
import { ConsoleFarm } from '../support/console-farm.ts'
import { describeWithChromium } from '../support/describe-with.ts'

describeWithChromium('the topology', program => {
  let browser: ConsoleBrowser
  let farm: ConsoleFarm
  beforeAll(async () => {
    farm = await ConsoleFarm.start()
    const { api } = farm.weir
    await api.call('createService', { body: { name: 'spare', address: '127.0.0.1', port: 9, state: 'disabled' } })
    await api.call('createLbVserver', { body: { name: 'backup', services: [{ name: 'spare' }] } })
    await api.call('patchLbVserver', { path: { name: 'lb' }, body: { backup: 'backup' } })
    await api.call('createGlb', {
      body: { name: 'by-name', match: { field: { name: 'who', values: ['anna', 'bert'] } }, pools: [{ name: 'lb' }] }
    })
    await api.call('createUserVserver', {
      body: { name: 'guided', protocol: 'LINES', address: '127.0.0.1', port: 0, defaultLb: 'backup', glbs: ['by-name'] }
    })
    browser = await ConsoleBrowser.start(program)
  })
  afterEach(() => { browser.expectNoFaults() })
  afterAll(async () => {
    await browser?.stop()
    await farm?.stop()
  })

  const card = (page: Page, id: string): ReturnType<Page['locator']> => page.locator(`[data-node="${id}"]`)
  const countOf = async (page: Page, id: string): Promise<string> => await card(page, id).locator('.count').innerText()

  test('counts connections on their way, and says states in words', async () => {
    await farm.client('hello anna', 'guided')
    await farm.client('hello carl')
    await farm.client('hello dora')
    const page = await browser.open(farm.base, { at: '/topology' })
    await until(async () => await countOf(page, 'lbVserver/lb') === '3', 'the connections of the LB vserver')
    expect(await countOf(page, 'userVserver/lines')).toBe('2')
    expect(await countOf(page, 'glb/by-name')).toBe('1')
    expect(await card(page, 'service/spare').innerText()).toContain('disabled')
    expect(await card(page, 'lbVserver/backup').innerText()).toContain('down')
    // The same in words, for those who do not see the lines.
    expect(await card(page, 'userVserver/guided').locator('.next').textContent()).toBe(
      'leads to by-name (1), backup (0)'
    )
    expect(await page.locator('.lines .label').allTextContents()).toEqual(expect.arrayContaining(['1', '2']))
    // A line to what is down is dashed, not only red.
    expect(
      await page.locator('.lines path.bad').first().evaluate('element => getComputedStyle(element).strokeDasharray')
    ).not.toBe('none')
    await expectAccessible(page)
    await farm.client('hello emil')
    await until(async () => await countOf(page, 'userVserver/lines') === '3', 'one more')
    await page.close()
  })

  test('leads from a node to its connections, sessions, events and configuration', async () => {
    await farm.client('hello fred')
    const page = await browser.open(farm.base, { at: '/topology' })
    await card(page, 'lbVserver/lb').click()
    const detail = page.getByRole('region', { name: 'Node' })
    await detail.getByText('"persistence"').waitFor()
    // Beside the detail there is less room, and addresses are whole.
    expect(await card(page, 'service/s1').locator('.note').innerText()).toMatch(/^127\.0\.0\.1:\d+$/)
    const cut = "[...document.querySelectorAll('.node .note')].filter(each => each.scrollWidth > each.clientWidth).length"
    expect(await page.evaluate(cut)).toBe(0)
    await expectAccessible(page)
    await detail.getByRole('link', { name: 'Sessions' }).click()
    await page.getByRole('row', { name: /^fred lb/ }).waitFor()
    await page.goBack()
    await detail.getByRole('link', { name: 'Focus' }).click()
    await card(page, 'service/s1').waitFor()
    await page.goto(`${farm.base}/#/topology/service/s1?focus=userVserver%2Fguided`)
    await detail.getByRole('heading', { name: 'Events' }).waitFor()
    await detail.getByText('"name": "s1"').waitFor()
    await card(page, 'userVserver/lines').waitFor({ state: 'detached' })
    await detail.getByRole('link', { name: 'Connections' }).click()
    await page.getByRole('button', { name: /^service s1/ }).waitFor()
    await page.close()
  })

  test('a node that is deleted while it is looked at is told', async () => {
    await farm.weir.api.call('createService', { body: { name: 'short', address: '127.0.0.1', port: 9 } })
    const page = await browser.open(farm.base, { at: '/topology/service/short' })
    await page.getByRole('region', { name: 'Node' }).getByText('"short"').waitFor()
    await farm.weir.api.call('deleteService', { path: { name: 'short' } })
    await page.getByRole('region', { name: 'Node' }).getByText('It is gone').waitFor()
    await page.close()
  })

  test('on a narrow page the ways are words', async () => {
    const page = await browser.open(farm.base, { at: '/topology', width: 390, scheme: 'dark' })
    await card(page, 'userVserver/lines').getByText(/^leads to lb/).waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
    await expectAccessible(page)
    await page.close()
  })

  test('of 10,000 services it draws those that need somebody', async () => {
    const { api } = farm.weir
    const before = (await api.call('getConfig')).body
    const names = Array.from({ length: 10_000 }, (_, i) => `many-${i}`)
    await api.call('replaceConfig', { body: {
      ...before,
      services: [...before.services ?? [], ...names.map(name => ({ name, address: '127.0.0.1', port: 9 }))],
      lbVservers: [...before.lbVservers ?? [], { name: 'all', services: names.slice(0, 4000).map(name => ({ name })) }]
    } as never })
    const page = await browser.open(farm.base, { at: '/topology' })
    await page.getByText(/^9,\d{3} more\. Those that are not up/).waitFor()
    expect(await page.locator('[data-node^="service/"]').count()).toBe(60)
    await api.call('replaceConfig', { body: before as never })
    await page.close()
  })
})
