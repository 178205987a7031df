import { until } from '@weirlb/testing'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ConsoleBrowser, expectAccessible } from '../support/console-browser.ts'
import { checkOf, editorOf, writeSource } from '../support/console-editor.ts'
import { ConsoleFarm } from '../support/console-farm.ts'
import { describeWithChromium } from '../support/describe-with.ts'
import type { WeirProcess } from '../support/weir-process.ts'

const source = (status: number): string => `import { edgeFunction, respond } from '@weirlb/sdk'

export default edgeFunction({
  onRequest ({ headers }) {
    return respond(${status}, {}, headers.get('origin') ?? 'no origin')
  }
})
`

describeWithChromium('edge functions', program => {
  let browser: ConsoleBrowser
  let farm: ConsoleFarm
  let weir: WeirProcess
  let page: Page

  beforeAll(async () => {
    farm = await ConsoleFarm.start()
    ;({ weir } = farm)
    const { api } = weir
    await api.call('createUserProtocol', { body: { name: 'WEB', transport: 'http' } })
    await api.call('createService', {
      body: { name: 'web', type: 'HTTP', address: '127.0.0.1', port: farm.serverPort, monitors: [] }
    })
    await api.call('createLbVserver', { body: { name: 'web', type: 'HTTP', services: [{ name: 'web' }] } })
    await api.call('createUserVserver', {
      body: { name: 'web', protocol: 'WEB', address: '127.0.0.1', port: 0, defaultLb: 'web' }
    })
    browser = await ConsoleBrowser.start(program)
    page = await browser.open(farm.base, { at: '/functions' })
  })
  afterEach(() => { browser.expectNoFaults() })
  afterAll(async () => {
    await browser?.stop()
    await farm?.stop()
  })

  const at = async (place: string): Promise<void> => {
    await page.evaluate(`location.hash = ${JSON.stringify(`#${place}`)}`)
  }
  const sourceNow = async (): Promise<string> =>
    (await weir.api.call('getEdgeFunction', { path: { name: 'origin' } })).body.source

  test('the first one is written: faults stand at their line, a file is imported, and the name keeps the API\'s words', async () => {
    await page.getByText('No trigger yet').waitFor()
    await expectAccessible(page)
    await page.getByRole('link', { name: 'Write the first one' }).click()
    await checkOf(page, 'Compiles').waitFor()
    await page.getByText('It has the native form').waitFor()
    await writeSource(page, source(403).replace('respond(4', 'repsond(4'))
    await checkOf(page, '1 problem').waitFor()
    expect(await page.getByRole('region', { name: 'Problems' }).getByRole('button').innerText()).toMatch(/^5:12\s/)
    await expectAccessible(page)
    await page.getByLabel('File to import').setInputFiles({
      name: 'origin.ts',
      mimeType: 'text/plain',
      buffer: Buffer.from(source(403))
    })
    await checkOf(page, 'Compiles').waitFor()
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('alert').waitFor()
    await page.getByLabel('Name', { exact: true }).fill('origin')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('heading', { name: 'origin', exact: true }).waitFor()
    expect(await sourceNow()).toBe(source(403))
  })

  test('triggers are made by a form, stand in the order of decision, and say which function decides on a URL', async () => {
    await at('/functions/origin/counts')
    await page.getByRole('link', { name: 'Make a trigger' }).click()
    await page.getByLabel('name (required)').fill('mqtt')
    await page.getByLabel('pattern (required)').fill('*.example.com/mqtt*')
    await page.getByRole('button', { name: 'Review' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click()
    const table = page.getByRole('table', { name: 'Triggers in the order of decision' })
    await table.getByRole('row', { name: /mqtt/ }).waitFor()
    await weir.api.call('createTrigger', { body: { name: 'rest', pattern: '*/*', function: 'origin' } })
    await weir.api.call('createTrigger', { body: { name: 'public', pattern: 'www.example.com/mqtt/public*' } })
    await until(
      async () => (await table.locator('tbody td:nth-child(3)').allInnerTexts()).join() === 'public,mqtt,rest',
      'the order of decision'
    )
    const url = page.getByLabel('URL', { exact: true })
    const decision = page.getByRole('status', { name: 'Decision' })
    await url.fill('http://www.example.com/mqtt/x')
    await decision.getByText('At web: origin, by trigger mqtt. It comes before rest').waitFor()
    await url.fill('http://www.example.com/mqtt/public')
    await decision.getByText('At web: no function; the request passes, by trigger public').waitFor()
    await url.fill('https://www.example.com/')
    await decision.getByText('No user vserver takes requests over TLS').waitFor()
    await url.fill('mqtt')
    await page.getByText(/expected an absolute URL.*got "mqtt"/).waitFor()
    await url.fill('http://www.example.com/mqtt/public')
    await page.getByRole('button', { name: 'Disable public' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click()
    await decision.getByText('At web: origin, by trigger mqtt').waitFor()
    await expectAccessible(page)
  })

  test('its decisions are counted, and a request is tried without being counted', async () => {
    const { status } = await fetch(`http://127.0.0.1:${await weir.api.port('web')}/`)
    expect(status).toBe(403)
    await at('/functions/origin/counts')
    await page.getByLabel('Counts').getByText('Answered itself1').waitFor()
    await expectAccessible(page)
    await at(`/functions/origin/test?url=${encodeURIComponent('http://www.example.com/mqtt')}`)
    await page.getByLabel('Headers').fill('Origin: https://app.example.com')
    await page.getByRole('button', { name: 'Test' }).click()
    const answer = page.getByRole('region', { name: 'Decision', exact: true })
    await answer.getByText('https://app.example.com').waitFor()
    await answer.getByText('403').waitFor()
    await expectAccessible(page)
    expect((await weir.api.call('getStats')).body.edgeFunctions['origin']!.requests).toBe(1)
  })

  test('a change is shown before it is saved, and rolled back', async () => {
    await at('/functions/origin')
    await checkOf(page, 'Compiles').waitFor()
    await writeSource(page, source(418))
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('source', { exact: true }).waitFor()
    expect(await sourceNow()).toBe(source(403))
    await dialog.getByRole('button', { name: 'Save', exact: true }).click()
    await until(async () => await sourceNow() === source(418), 'the new source')
    await at('/functions/origin/counts')
    await page.getByRole('button', { name: 'Roll back to v1' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click()
    await until(async () => await sourceNow() === source(403), 'the source before')
    await at('/functions/origin/source')
    await editorOf(page).getByText('respond(403').waitFor()
  })
})
