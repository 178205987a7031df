import { until } from '@weirlb/testing'
import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ConsoleBrowser, expectAccessible } from '../support/console-browser.ts'
import { ConsoleFarm } from '../support/console-farm.ts'
import { describeWithChromium } from '../support/describe-with.ts'
import type { WeirProcess } from '../support/weir-process.ts'

describeWithChromium('access rules, rate limits and managed checks', program => {
  let browser: ConsoleBrowser
  let farm: ConsoleFarm
  let weir: WeirProcess
  let base: string

  beforeAll(async () => {
    farm = await ConsoleFarm.start()
    ;({ weir, base } = farm)
    browser = await ConsoleBrowser.start(program)
  })
  afterEach(() => { browser.expectNoFaults() })
  afterAll(async () => {
    await browser?.stop()
    await farm?.stop()
  })

  const accessRules = async () => (await weir.api.call('listAccessRules')).body.items
  /** A client from another address of loopback; resolves when it is refused. */
  const refused = async (localAddress: string): Promise<void> => {
    const port = await weir.api.port('lines')
    await new Promise<void>(resolve => {
      connect({ port, host: '127.0.0.1', localAddress }).on('error', () => {}).once('close', () => {
        resolve()
      })
    })
  }

  test('access rules are made with an expiry in the viewer\'s zone, stand in the order in which they decide, and count what they refuse', async () => {
    await weir.api.call('createAccessRule', {
      body: { name: 'wide', source: '127.0.0.0/24', action: 'block', state: 'disabled' }
    })
    await weir.api.call('createAccessRule', { body: { name: 'loopback', source: '127.0.0.1', action: 'allow' } })
    const page = await browser.open(base, { at: '/access' })
    await page.locator('section[aria-label="Access rules"]').getByRole('link', { name: 'New' }).click()
    await page.getByLabel('name (required)').fill('scanner')
    await page.getByLabel('source (required)').fill('127.0.0.300')
    await page.getByLabel('expiresAt').fill('2090-01-31T12:00')
    await page.getByRole('button', { name: 'Review' }).click()
    // The API's words, beside the field.
    await page.locator('.field', { has: page.getByLabel('source (required)') }).getByRole('alert').waitFor()
    await page.getByLabel('source (required)').fill('127.0.0.7')
    await page.getByRole('button', { name: 'Review' }).click()
    await page.getByRole('dialog').getByText('scanner').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click()
    const table = page.getByRole('table', { name: 'Access rules in their order' })
    await table.getByRole('row', { name: /^2 scanner 127\.0\.0\.7 block all up in \d+ d/ }).waitFor()
    expect(await table.locator('tbody tr td:nth-child(2)').allInnerTexts()).toEqual(['loopback', 'scanner', 'wide'])
    expect((await accessRules()).find(({ name }) => name === 'scanner')).toMatchObject({
      expiresAt: '2090-01-31T11:00:00.000Z',
      action: 'block'
    })

    await refused('127.0.0.7')
    await table.getByRole('row', { name: /scanner/ }).getByRole('link', { name: '1', exact: true }).waitFor()
    await table.getByRole('link', { name: 'scanner' }).click()
    const detail = page.locator('section[aria-label="Access rule"]')
    await detail.getByText('2090-01-31 12:00:00 +01:00').waitFor()
    await detail.getByText('1 decisions; a point for each minute.').waitFor()
    await expectAccessible(page)
    await detail.getByRole('button', { name: 'Disable' }).click()
    await page.getByRole('dialog').getByText('state', { exact: true }).waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click()
    await until(
      async () => (await accessRules()).find(({ name }) => name === 'scanner')?.state === 'disabled',
      'the disabled rule'
    )
    await detail.getByRole('button', { name: 'Enable' }).waitFor()
    await detail.getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await until(async () => (await accessRules()).length === 2, 'the removal')
    await page.close()
  })

  test('an address is tested on all that decides about it, and nothing is counted', async () => {
    await weir.api.call('createAccessRule', { body: { name: 'tested', source: '198.51.100.0/24', action: 'block' } })
    const page = await browser.open(base, { at: '/access', scheme: 'dark', width: 390 })
    const panel = page.locator('section[aria-label="Test"]')
    const result = panel.getByRole('status', { name: 'Result' })
    const decided = async (address: string, words: string): Promise<void> => {
      await panel.getByLabel('Address').fill(address)
      await panel.getByRole('button', { name: 'Test' }).click()
      await result.getByText(words).first().waitFor()
    }
    await decided('198.51.100.7', 'access rule \'tested\'')
    await result.getByText('not-allowed').waitFor()
    await decided('192.0.2.7', 'none is about this address')
    await result.getByText('let in').waitFor()
    await decided('127.0.0.1', ': allow')
    await expectAccessible(page)
    await panel.getByLabel('Address').fill('nowhere')
    await panel.getByRole('button', { name: 'Test' }).click()
    await panel.getByRole('alert').first().waitFor()
    expect((await weir.api.call('getStats')).body.controls['access-rule/tested']).toBeUndefined()
    // Whom a rule allows, no limit counts, and no managed check looks at.
    for (const name of ['tested', 'loopback']) await weir.api.call('deleteAccessRule', { path: { name } })
    await page.close()
  })

  test('a list gets a batch of items with an end', async () => {
    await weir.api.call('createList', { body: { name: 'partners', type: 'ip' } })
    const page = await browser.open(base, { at: '/access' })
    const panel = page.locator('section[aria-label="Lists"]')
    await panel.getByRole('textbox', { name: 'Items' }).fill('192.0.2.1\nnowhere')
    await panel.getByRole('button', { name: 'Add to $partners' }).click()
    await panel.getByRole('alert').first().waitFor()
    await panel.getByRole('textbox', { name: 'Items' }).fill('192.0.2.1\n192.0.2.2')
    await panel.getByLabel('Added items end').selectOption('in 1 h')
    await panel.getByRole('button', { name: 'Add to $partners' }).click()
    await panel.getByRole('row', { name: /\$partners ip 2 in \d+/ }).waitFor()
    await page.close()
  })

  test('an address is banned from a decision, and from a connection, which ends; a ban is lifted', async () => {
    await weir.api.call('createAccessRule', { body: { name: 'noisy', source: '127.0.0.9', action: 'block' } })
    await refused('127.0.0.9')
    const page = await browser.open(base, { at: '/security' })
    await page.getByRole('table', { name: 'Security events' }).getByRole('row', { name: /access-rule noisy/ })
      .getByRole('link').first().click()
    await page.getByRole('button', { name: 'Ban 127.0.0.9' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Ban' }).click()
    await until(
      async () => (await weir.api.call('listBans')).body.items.some(({ address }) => address === '127.0.0.9'),
      'the ban of the address'
    )

    await farm.client('hello a')
    const [connection] = (await weir.api.call('listConnections')).body.items
    await page.goto(`${base}/#/connections/${connection!.id}`)
    await page.locator('section[aria-label="Connection"]').getByRole('button', { name: 'Ban' }).click()
    const dialog = page.getByRole('dialog')
    expect(await dialog.getByLabel('Address').inputValue()).toBe('127.0.0.1')
    await dialog.getByLabel('For').selectOption('10 min')
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Ban' }).click()
    await until(
      async () => (await weir.api.call('listConnections')).body.items.length === 0,
      'the end of the connection'
    )

    await page.goto(`${base}/#/access`)
    const bans = page.getByRole('table', { name: 'Banned addresses' })
    await bans.getByRole('row', { name: /127\.0\.0\.9 an operator in \d+/ }).waitFor()
    await bans.getByRole('button', { name: 'Lift the ban of 127.0.0.1', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Lift it' }).click()
    await until(
      async () => (await weir.api.call('listBans')).body.items.map(({ address }) => address).join() === '127.0.0.9',
      'the lifted ban'
    )
    await page.close()
  })

  test('a rate limit is made of a preset, and its state is changed in its row; it shows its fullest counters', async () => {
    await weir.api.call('deleteBans', { query: { all: 'true' } })
    const page = await browser.open(base, { at: '/rate-limits' })
    await page.getByText('No rate limits yet').waitFor()
    await page.getByRole('link', { name: 'Use preset connects' }).click()
    await page.getByLabel('limit (required)').fill('1')
    await page.getByLabel('periodSeconds').fill('600')
    await page.getByRole('button', { name: 'Review' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click()
    const limits = page.getByRole('table', { name: 'Rate limits and what is over them' })
    await limits.getByRole('row', { name: /^connects .*1 in 10 min/ }).waitFor()
    const limit = async () => (await weir.api.call('getRateLimit', { path: { name: 'connects' } })).body
    expect(await limit()).toMatchObject({ state: 'simulated', limit: 1, by: ['ip.src'] })

    // Simulated, it refuses nobody, and counts who would be.
    for (const line of ['hello a', 'hello b']) await farm.client(line)
    await limits.getByRole('link', { name: '1 decision', exact: true }).waitFor()
    await limits.getByLabel('state of connects').selectOption('enabled')
    await page.getByRole('dialog').getByText('state', { exact: true }).waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click()
    await until(async () => (await limit()).state === 'enabled', 'the enabled limit')
    await limits.getByRole('link', { name: 'connects' }).click()
    await page.getByRole('table', { name: 'Fullest counters' }).getByRole('row', { name: /^127\.0\.0\.1 1 100 % full/ })
      .waitFor()
    await page.locator('section[aria-label="Rate limit"]').getByText('0 decisions, 1 more simulated').waitFor()
    await expectAccessible(page)
    await page.locator('section[aria-label="Rate limit"]').getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await page.getByText('No rate limits yet').waitFor()
    await page.close()
  })

  test('modes of a managed check are chosen in its table, refused beside the check in the API\'s words, and applied as one', async () => {
    await weir.api.call('createExtension', { body: { name: 'mqtt', builtin: 'mqtt' } })
    await weir.api.call('createUserProtocol', { body: { name: 'MQTT', transport: 'tcp', extension: 'mqtt' } })
    await weir.api.call('createUserVserver', {
      body: { name: 'mqtt', protocol: 'MQTT', address: '127.0.0.1', port: 0, defaultLb: 'lb' }
    })
    const page = await browser.open(base, { at: '/managed-checks', scheme: 'dark' })
    await page.getByText('No managed checks yet').waitFor()
    await page.getByRole('link', { name: 'Add, simulated: mqtt-core' }).click()
    await page.getByRole('button', { name: 'Review' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click()
    const checks = page.getByRole('table', { name: 'Checks of mqtt-core and their modes' })
    const second = checks.getByRole('row', { name: /^M002 / })
    await second.waitFor()
    const check = async () => (await weir.api.call('getManagedCheck', { path: { name: 'mqtt-core' } })).body

    await page.getByLabel('Mode of M002 of mqtt-core').selectOption('challenge')
    await page.getByLabel('Mode of M013 of mqtt-core').selectOption('off')
    await page.getByRole('button', { name: 'Review' }).click()
    await second.getByRole('alert').filter({ hasText: 'a challenge is a response to an HTTP request' }).waitFor()
    await expectAccessible(page)
    await page.getByLabel('Mode of M002 of mqtt-core').selectOption('block')
    await page.getByRole('button', { name: 'Drop 2 changes' }).waitFor()
    await page.getByRole('button', { name: 'Review' }).click()
    await page.getByRole('dialog').getByText('rules').first().waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click()
    // The configuration has a change before the workers do; the dialog ends when they have it.
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect((await check()).rules).toEqual({ M002: 'block', M013: 'off' })

    // Two CONNECTs.
    const connects = Buffer.from('101400044d5154540402003c00086465766963652d31'.repeat(2), 'hex')
    await new Promise<void>((resolve, reject) => {
      weir.api.port('mqtt').then(port => {
        connect({ port, host: '127.0.0.1' }).on('error', () => {}).once('close', () => {
          resolve()
        }).resume().write(connects)
      }, reject)
    })
    await checks.getByRole('row', { name: /^M002 .* block 1 1 / }).waitFor()
    await checks.getByRole('link', { name: 'M002' }).click()
    await page.locator('section[aria-label="Check"]').getByText('1 decisions; a point for each minute.').waitFor()
    await page.close()
  })

  test('the Core Rule Set has its sensitivity in place, and single rules of it are left out', async () => {
    await weir.api.call('createManagedCheck', { body: { name: 'web', group: 'owasp-crs', mode: 'simulate' } })
    const page = await browser.open(base, { at: '/managed-checks', width: 390 })
    const panel = page.locator('section[aria-label="Managed check web"]')
    await panel.getByLabel('sensitivity').selectOption('high')
    await panel.getByLabel('Leave out a rule of the Core Rule Set').fill('942100')
    await page.keyboard.press('Enter')
    await panel.getByLabel('Mode of 933 of web').selectOption('off')
    await panel.getByRole('button', { name: 'Review' }).click()
    await page.getByRole('dialog').getByText('sensitivity').first().waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click()
    const web = async () => (await weir.api.call('getManagedCheck', { path: { name: 'web' } })).body
    await until(async () => (await web()).sensitivity === 'high', 'the change')
    expect((await web()).rules).toEqual({ 933: 'off', 942100: 'off' })
    // The sum does what the group does.
    expect((await web()).status?.checks?.find(({ id }) => id === '949')?.mode).toBe('simulate')
    await panel.getByRole('list', { name: 'Rules that are left out' }).getByRole('button', { name: '942100' }).waitFor()
    await page.getByRole('link', { name: 'New exception' }).click()
    expect(await page.getByLabel('action (required)').inputValue()).toBe('skip')
    await page.close()
  })
})
