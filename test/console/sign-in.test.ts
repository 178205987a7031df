import { until } from '@weirlb/testing'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { WeirClient } from '@weirlb/admin/client'
import { ConsoleBrowser, expectAccessible } from '../support/console-browser.ts'
import { describeWithChromium } from '../support/describe-with.ts'
import { WeirProcess } from '../support/weir-process.ts'

const TOKEN = 'of-the-server'

describeWithChromium('signing in', program => {
  let browser: ConsoleBrowser
  let weir: WeirProcess
  let api: WeirClient

  beforeAll(async () => {
    weir = await WeirProcess.start({ workers: 1, env: { WEIR_ADMIN_TOKEN: TOKEN } })
    // Pages send wrong tokens from the same address, which uses up the attempts of all but named ones.
    const created = await new WeirClient({ url: weir.api.base, token: TOKEN }).call('createToken', {
      body: { name: 'test', role: 'admin' }
    })
    api = new WeirClient({ url: weir.api.base, token: (created.body as { readonly token: string }).token })
    browser = await ConsoleBrowser.start(program)
  })
  afterEach(() => { browser.expectNoFaults() })
  afterAll(async () => {
    await browser?.stop()
    await weir?.stop()
  })

  const dialog = (page: Page): ReturnType<Page['getByRole']> => page.getByRole('dialog', { name: 'Sign in to Weir' })
  const give = async (page: Page, token: string): Promise<void> => {
    await page.getByLabel('API token').fill(token)
    await page.keyboard.press('Enter')
  }

  test('asks for a token, shows the API\'s words about a wrong one, and keeps it for the tab alone', async () => {
    const page = await browser.open(weir.api.base)
    await dialog(page).waitFor()
    await expectAccessible(page)
    await give(page, 'a wrong one')
    await page.getByText('A token is printable ASCII without spaces.').waitFor()
    await give(page, 'wrong')
    await page.getByText('the bearer token is wrong').waitFor()
    expect(await page.getByLabel('API token').getAttribute('aria-invalid')).toBe('true')
    await give(page, TOKEN)
    await dialog(page).waitFor({ state: 'detached' })
    await page.getByRole('heading', { name: 'Pools and services' }).waitFor()
    await page.getByRole('status', { name: 'Stream' }).getByText('Live').waitFor()
    expect(await page.evaluate('JSON.stringify([{ ...localStorage }, document.cookie])')).not.toContain(TOKEN)
    // Another tab asks again; the same one does not.
    await page.reload()
    await page.getByRole('heading', { name: 'Pools and services' }).waitFor()
    const other = await page.context().newPage()
    await other.goto(weir.api.base)
    await dialog(other).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await dialog(page).waitFor()
    await page.context().close()
  })

  test('a token that is revoked is asked for again, and the page goes on where it was', async () => {
    const { name, token } = (await api.call('createToken', { body: { name: 'eve', role: 'read' } })).body as {
      readonly name: string
      readonly token: string
    }
    const page = await browser.open(weir.api.base, { at: '/overview' })
    await give(page, token)
    await page.getByRole('status', { name: 'Stream' }).getByText('Live').waitFor()
    await api.call('deleteToken', { path: { name } })
    await dialog(page).waitFor()
    await give(page, TOKEN)
    await dialog(page).waitFor({ state: 'detached' })
    await page.getByRole('status', { name: 'Stream' }).getByText('Live').waitFor()
    await page.close()
  })

  test('a token that expires under an open form is asked for again, and nothing typed is lost', async () => {
    const created = (await api.call('createToken', { body: { name: 'fay', role: 'admin' } })).body as {
      readonly token: string
    }
    const page = await browser.open(weir.api.base, { at: '/configuration/services/+' })
    await give(page, created.token)
    await page.getByLabel('name (required)').fill('typed')
    await page.getByLabel('address (required)').fill('127.0.0.1')
    await page.getByLabel('port (required)').fill('1883')
    await page.getByRole('status', { name: 'Stream' }).getByText('Live').waitFor()
    // The secret that the page has ends a second later, and with it the page's stream.
    const rotated = (await api.call('rotateToken', { path: { name: 'fay' }, body: { overlapSeconds: 1 } })).body as {
      readonly token: string
    }
    await dialog(page).waitFor()
    await give(page, rotated.token)
    await dialog(page).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Review' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click()
    await until(
      async () => (await api.call('listServices')).body.items.some(({ name }) => name === 'typed'),
      'what was typed'
    )
    await page.close()
  })
})
