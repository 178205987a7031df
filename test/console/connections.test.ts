import { once } from 'node:events'
import { until } from '@weirlb/testing'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ConsoleBrowser, expectAccessible } from '../support/console-browser.ts'
import { ConsoleFarm } from '../support/console-farm.ts'
import { describeWithChromium } from '../support/describe-with.ts'

/** Letters from right to left; a long key. */
const HEBREW = 'שלום'
const LONG = 'n'.repeat(120)

describeWithChromium('connections and sessions', program => {
  let browser: ConsoleBrowser
  let farm: ConsoleFarm
  beforeAll(async () => {
    farm = await ConsoleFarm.start()
    browser = await ConsoleBrowser.start(program)
  })
  afterEach(() => { browser.expectNoFaults() })
  afterAll(async () => {
    await browser?.stop()
    await farm?.stop()
  })

  const idOf = async (session: string): Promise<string> =>
    (await farm.weir.api.call('listConnections', { query: { session } })).body.items[0]!.id

  test('lists connections with their sessions, narrows them as one types, and sorts them', async () => {
    for (const name of ['anna', 'bert', HEBREW, LONG]) await farm.client(`hello ${name}`)
    const page = await browser.open(farm.base, { at: '/connections' })
    const rows = page.locator('table tbody tr:not(.gap)')
    await until(async () => await rows.count() === 4, 'the four connections')
    await expectAccessible(page)
    await page.getByRole('columnheader', { name: 'Session' }).getByRole('button').click()
    const sessions = async (): Promise<string> => (await rows.locator('td:nth-child(2)').allInnerTexts()).join()
    await until(async () => await sessions() === ['anna', 'bert', LONG, HEBREW].join(), 'rows in their order')
    // A long name does not make its column wide.
    expect((await rows.nth(2).locator('td:nth-child(2)').boundingBox())!.width).toBeLessThan(300)
    await page.getByLabel('Filter connections').fill('BERT')
    await until(async () => await sessions() === 'bert', 'the row of bert')
    await page.getByText('1 of 4').waitFor()
    await page.close()
  })

  test('the address has the filters that the server applies, and a click removes one', async () => {
    const page = await browser.open(farm.base, { at: '/connections?session=anna&userVserver=lines' })
    const rows = page.locator('table tbody tr:not(.gap)')
    await until(async () => await rows.count() === 1, 'the connection of anna')
    await page.getByRole('button', { name: /^session anna/ }).click()
    await until(async () => await rows.count() === 4, 'all connections')
    expect(new URL(page.url()).hash).toBe('#/connections?userVserver=lines')
    await page.goto(`${farm.base}/#/connections?session=nobody`)
    await page.getByText('No open connection matches these filters.').waitFor()
    await page.close()
  })

  test('shows the story of one: fields, its service and why, the rule that decided, and verdicts as they come', async () => {
    await farm.weir.api.call('createRule', { body: { name: 'note-carl', expression: 'who eq "carl"', action: 'log' } })
    const client = await farm.client('hello carl')
    client.write('again\n')
    const page = await browser.open(farm.base, { at: `/connections/${await idOf('carl')}` })
    const story = page.getByRole('region', { name: 'Connection', exact: true })
    await story.getByText('who', { exact: true }).waitFor()
    expect(await story.innerText()).not.toContain('hunter2')
    await story.getByText(/is pinned to s[12], held by 1 connection:/).waitFor()
    await story.getByText('chooses by').waitFor()
    await story.getByText(/rule note-carl: log at first-message/).waitFor()
    await story.getByRole('button', { name: 'Watch for 2 minutes' }).click()
    await story.getByText('Waiting for its next message.').waitFor()
    // The worker hears of the trace in its own time.
    await until(async () => {
      client.write('once more\n')
      return await story.getByText(/message of the client, 10 B: forward/).count() > 0
    }, 'a verdict')
    await expectAccessible(page)
    await page.close()
  })

  test('ends a connection after a second look, and shows how it ended', async () => {
    const client = await farm.client('hello dora')
    const closed = once(client, 'close')
    const page = await browser.open(farm.base, { at: `/connections/${await idOf('dora')}` })
    await page.getByRole('button', { name: 'End', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'End this connection?' })
    await dialog.getByText('(dora)').waitFor()
    await expectAccessible(page)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(client.closed).toBe(false)
    await page.getByRole('button', { name: 'End', exact: true }).click()
    await dialog.getByRole('button', { name: 'End it' }).click()
    await page.getByText(/^Ended killed at \d{4}-/).waitFor()
    await closed
    await page.close()
  })

  test('a connection that is gone is told in the API\'s words', async () => {
    const page = await browser.open(farm.base, { at: '/connections/1-999999' })
    await page.getByText('no connection \'1-999999\'; it may have ended').waitFor()
    await page.close()
  })

  describe('sessions', () => {
    test('lists who is pinned where, and unpins one', async () => {
      const client = await farm.client('hello emil')
      client.destroy()
      const page = await browser.open(farm.base, { at: '/sessions' })
      await page.getByRole('row', { name: /^emil lb/ }).waitFor()
      await expectAccessible(page)
      await page.getByRole('button', { name: 'Unpin emil' }).click()
      const dialog = page.getByRole('dialog', { name: 'Unpin this session?' })
      await dialog.getByRole('button', { name: 'Unpin it' }).click()
      // It closes with the answer. A row behind an open dialog has no role, as if it were gone.
      await dialog.waitFor({ state: 'detached' })
      await page.getByRole('row', { name: /^emil lb/ }).waitFor({ state: 'detached' })
      expect((await farm.weir.api.call('listSessions', { query: { key: 'emil' } })).body.items).toEqual([])
      await page.close()
    })

    test('10,000 of them scroll with a few dozen rows in the page, and are sorted and narrowed at once', async () => {
      await farm.weir.api.call('importSessions', {
        body: Array.from(
          { length: 10_000 },
          (_, i) => ({ lbVserver: 'lb', key: `key-${i}`, service: i % 2 === 0 ? 's1' : 's2' })
        )
      })
      const page = await browser.open(farm.base, { at: '/sessions' })
      await page.getByText('10,000 shown; there are more').waitFor()
      const rows = page.locator('table tbody tr:not(.gap)')
      expect(await rows.count()).toBeLessThan(120)
      // What a frame has to draw stays small while the table is dragged from top to bottom.
      const most = await page.evaluate(`new Promise(resolve => {
        const element = document.querySelector('.table')
        let [most, step] = [0, 0]
        requestAnimationFrame(function frame () {
          most = Math.max(most, element.querySelectorAll('tbody tr').length)
          element.scrollTop = element.scrollHeight * ++step / 60
          if (step < 60) requestAnimationFrame(frame)
          else resolve(most)
        })
      })`) as number
      expect(most).toBeLessThan(120)
      await until(async () => (await rows.last().getAttribute('aria-rowindex')) === '10001', 'the last row')
      await page.getByLabel('Filter sessions').fill('key-777')
      await until(async () => await rows.count() === 11, 'those that match')
      await page.close()
    })
  })
})
