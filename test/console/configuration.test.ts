import { until } from '@weirlb/testing'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ConsoleBrowser, expectAccessible } from '../support/console-browser.ts'
import { ConsoleFarm } from '../support/console-farm.ts'
import { describeWithChromium } from '../support/describe-with.ts'
import type { WeirProcess } from '../support/weir-process.ts'

describeWithChromium('configuration', program => {
  let browser: ConsoleBrowser
  let farm: ConsoleFarm
  let weir: WeirProcess
  let base: string

  beforeAll(async () => {
    farm = await ConsoleFarm.start()
    ;({ weir, base } = farm)
    browser = await ConsoleBrowser.start(program)
    await weir.api.call('createService', { body: { name: 's', address: '127.0.0.1', port: 1883, maxClients: 7 } })
  })
  afterEach(() => { browser.expectNoFaults() })
  afterAll(async () => {
    await browser?.stop()
    await farm?.stop()
  })

  const apply = async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: 'Review' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click()
  }
  const service = async (name: string) => (await weir.api.call('getService', { path: { name } })).body

  test('has nothing serious for axe-core: lists, forms and revisions, in light and dark, wide and narrow', async () => {
    const states = [
      ['/configuration/services', 'Services', 'light', 1440], ['/configuration/services/s', 's', 'dark', 1440],
      ['/configuration/userVservers/+', 'New', 'light', 390], ['/revisions/2', 'Revision 2', 'dark', 390]
    ] as const
    for (const [at, label, scheme, width] of states) {
      const page = await browser.open(base, { at, scheme, width })
      await page.locator(`section[aria-label="${label}"]`).waitFor()
      await expectAccessible(page)
      await page.close()
    }
  })

  test('a form has every field of the API, and shows what is not as by default', async () => {
    const page = await browser.open(base, { at: '/configuration/services/s' })
    await page.getByLabel('address (required)').waitFor()
    expect(await page.getByLabel('address (required)').inputValue()).toBe('127.0.0.1')
    expect(await page.getByLabel('maxClients').inputValue()).toBe('7')
    expect(await page.getByLabel('drainSeconds').inputValue()).toBe('')
    expect(await page.getByLabel('drainSeconds').getAttribute('placeholder')).toBe('600')
    const described = (await (await fetch(`${base}/v1/openapi.json`)).json()) as {
      components: { schemas: { ServiceInput: { properties: object } } }
    }
    const fields = Object.keys(described.components.schemas.ServiceInput.properties).filter(field =>
      field !== 'status' && field !== 'name'
    )
    const labels = await page.locator('main .field > label, main .form-part > summary .form-name').allInnerTexts()
    for (const field of fields) expect(labels.map(label => label.replace(' (required)', ''))).toContain(field)
    await page.close()
  })

  test('a change is shown before it is applied, and is one revision', async () => {
    const page = await browser.open(base, { at: '/configuration/services/s' })
    const before = (await weir.api.call('getHealth')).body.revision
    await page.getByLabel('maxClients').fill('9')
    await page.getByText('tls', { exact: true }).click()
    await page.getByRole('button', { name: 'Review' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('maxClients').waitFor()
    expect((await service('s')).maxClients).toBe(7)
    await dialog.getByRole('button', { name: 'Apply' }).click()
    await until(async () => (await service('s')).maxClients === 9, 'the change')
    expect((await weir.api.call('getHealth')).body.revision).toBe(before + 1)
    await page.close()
  })

  test('what the API refuses stands beside its field, in its own words, and nothing typed is lost', async () => {
    const page = await browser.open(base, { at: '/configuration/services/+' })
    await page.getByLabel('name (required)').fill('new')
    await page.getByLabel('address (required)').fill('127.0.0.1')
    await page.getByLabel('port (required)').fill('70000')
    await page.getByRole('button', { name: 'Review' }).click()
    const port = page.locator('.field', { has: page.getByLabel('port (required)') })
    await port.getByRole('alert').getByText('65535').waitFor()
    expect(await page.getByLabel('port (required)').getAttribute('aria-invalid')).toBe('true')
    expect(await page.getByLabel('name (required)').inputValue()).toBe('new')
    await page.getByLabel('port (required)').fill('1884')
    // A list of objects of several kinds.
    await page.getByText('monitors', { exact: true }).click()
    await page.getByRole('button', { name: 'Add to monitors' }).click()
    await page.getByRole('group', { name: 'monitors 1' }).getByLabel('intervalSeconds').fill('30')
    await apply(page)
    await page.getByRole('row', { name: /^new / }).waitFor()
    expect((await service('new')).monitors).toMatchObject([{ type: 'tcp', intervalSeconds: 30 }])
    await page.close()
  })

  test('when someone else was faster, their change is shown, and mine goes on top of it', async () => {
    const page = await browser.open(base, { at: '/configuration/services/s' })
    await page.getByLabel('maxClients').fill('11')
    await weir.api.call('patchService', { path: { name: 's' }, body: { port: 1999 } })
    const told = page.getByRole('table', { name: 'What somebody else changed' })
    await told.getByRole('row', { name: 'port 1883 1999' }).waitFor()
    // Their write wins, whatever is applied from here.
    await page.getByRole('button', { name: 'Review' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await service('s')).toMatchObject({ port: 1999, maxClients: 9 })
    await page.getByRole('button', { name: 'Put my changes on top' }).click()
    await told.waitFor({ state: 'detached' })
    await apply(page)
    await until(async () => (await service('s')).maxClients === 11, 'my change')
    expect((await service('s')).port).toBe(1999)
    await page.close()
  })

  test('an entity that is removed under an open form can be created again from what was typed', async () => {
    await weir.api.call('createService', { body: { name: 'short-lived', address: '127.0.0.1', port: 1 } })
    const page = await browser.open(base, { at: '/configuration/services/short-lived' })
    await page.getByLabel('port (required)').fill('2')
    await weir.api.call('deleteService', { path: { name: 'short-lived' } })
    await page.getByText('It was removed while this form was open').waitFor()
    expect(await page.getByLabel('port (required)').inputValue()).toBe('2')
    await apply(page)
    await page.getByRole('row', { name: /^short-lived / }).waitFor()
    expect((await service('short-lived')).port).toBe(2)
    await page.close()
  })

  test('is removed after a question', async () => {
    const page = await browser.open(base, { at: '/configuration/services/short-lived' })
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Remove' }).click()
    // It closes with the answer. A row behind an open dialog has no role, as if it were gone.
    await dialog.waitFor({ state: 'detached' })
    await expect(service('short-lived')).rejects.toThrow('404')
    await page.getByRole('row', { name: /^short-lived/ }).waitFor({ state: 'detached' })
    await page.close()
  })

  test('10,000 services are listed, of which the page has those in view', async () => {
    const { revision } = (await weir.api.call('getHealth')).body
    const many = (from: number) =>
      Array.from(
        { length: 2000 },
        (_, i) => ({
          action: 'create' as const,
          collection: 'services' as const,
          value: { name: `many-${from + i}`, address: '127.0.0.1', port: 1, monitors: [] }
        })
      )
    for (let from = 0; from < 10_000; from += 2000)
      await weir.api.call('runTransaction', { body: { changes: many(from) } })
    const page = await browser.open(base, { at: '/configuration/services' })
    await page.getByRole('row', { name: /^many-0 / }).waitFor()
    expect(await page.locator('main tbody tr').count()).toBeLessThan(200)
    await page.locator('.table').evaluate(element => { element.scrollTop = element.scrollHeight })
    await page.getByRole('row', { name: /^s / }).waitFor()
    await page.goto(`${base}/#/overview`)
    await page.getByRole('table', { name: 'Pools and services' }).getByRole('row').nth(20).waitFor()
    expect(await page.locator('section[aria-label="Pools and services"] tbody tr').count()).toBeLessThan(200)
    await page.close()
    await weir.api.call('rollbackRevision', { path: { id: String(revision) } })
  })

  test('the command line completes, runs, shows what was refused, and is left by keyboard', async () => {
    const page = await browser.open(base, { at: '/revisions' })
    await page.getByRole('button', { name: 'Command line' }).click()
    const line = page.getByRole('combobox', { name: 'Command' })
    await line.pressSequentially('show lb vs')
    await page.getByRole('option', { name: 'vserver' }).waitFor()
    await page.keyboard.press('Tab')
    expect(await line.inputValue()).toBe('show lb vserver ')
    await page.getByRole('option', { name: 'lb', exact: true }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    expect(await line.inputValue()).toBe('show lb vserver lb ')
    await expectAccessible(page)
    await page.keyboard.press('Enter')
    await page.getByRole('log').getByText('State: ').waitFor()
    await line.fill('set service s -maxClient 12')
    await page.keyboard.press('Enter')
    await page.getByRole('log').getByText(/^Done: revision/).waitFor()
    expect((await service('s')).maxClients).toBe(12)
    await line.fill('set servce s -maxClient 13')
    await page.keyboard.press('Enter')
    await page.getByRole('log').getByText(/did you mean 'service'/).waitFor()
    await page.keyboard.press('ArrowUp')
    expect(await line.inputValue()).toBe('set servce s -maxClient 13')
    await page.keyboard.press('Escape')
    if (await line.isVisible()) await page.keyboard.press('Escape')
    await line.waitFor({ state: 'detached' })
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Command line')
    await weir.api.call('patchService', { path: { name: 's' }, body: { maxClients: 11 } })
    await page.close()
  })

  test('revisions show what they changed, field by field, and one of them runs again', async () => {
    const { revision } = (await weir.api.call('getHealth')).body
    await weir.api.call('patchService', { path: { name: 's' }, body: { maxClients: 500 } })
    const page = await browser.open(base, { at: `/revisions/${revision + 1}` })
    await page.getByRole('table', { name: 'Fields of s' }).getByRole('row', { name: 'maxClients 11 500' }).waitFor()
    await page.goto(`${base}/#/revisions/${revision}`)
    await page.getByLabel('Compare').selectOption('running')
    await page.getByRole('table', { name: 'Fields of s' }).getByRole('row', { name: 'maxClients 500 11' }).waitFor()
    await page.getByRole('button', { name: 'Roll back to it' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click()
    await page.getByRole('row', { name: new RegExp(`^${revision + 2} runs`) }).waitFor()
    expect((await service('s')).maxClients).toBe(11)
    await page.close()
  })
})
