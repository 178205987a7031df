import { until } from '@weirlb/testing'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ConsoleBrowser, expectAccessible } from '../support/console-browser.ts'
import { ConsoleFarm } from '../support/console-farm.ts'
import { describeWithChromium } from '../support/describe-with.ts'
import type { WeirProcess } from '../support/weir-process.ts'

describeWithChromium('rules and security', program => {
  let browser: ConsoleBrowser
  let farm: ConsoleFarm
  let weir: WeirProcess
  let base: string

  beforeAll(async () => {
    farm = await ConsoleFarm.start()
    ;({ weir, base } = farm)
    browser = await ConsoleBrowser.start(program)
    await weir.api.call('createRule', {
      body: { name: 'first', expression: 'ip.src eq 192.0.2.1', action: 'block', priority: 10 }
    })
    await weir.api.call('createRule', {
      body: { name: 'second', expression: 'tcp.srcport gt 0 and ip.src eq 127.0.0.1', action: 'log', priority: 20 }
    })
  })
  afterEach(() => { browser.expectNoFaults() })
  afterAll(async () => {
    await browser?.stop()
    await farm?.stop()
  })

  const rule = async (name: string) => (await weir.api.call('getRule', { path: { name } })).body
  test('has nothing serious for axe-core: rules, their builder, security', async () => {
    for (const [at, label, scheme, width] of [['/rules', 'Rules', 'light', 1440], ['/configuration/rules/second', 'Expression', 'dark', 390], ['/security', 'Security events', 'dark', 1440]] as const) {
      const page = await browser.open(base, { at, scheme, width })
      await page.locator(`section[aria-label="${label}"]`).waitFor()
      await expectAccessible(page)
      await page.close()
    }
  })

  test('the builder and the expression change each other, and the API checks while one types', async () => {
    const page = await browser.open(base, { at: '/configuration/rules/second' })
    const text = page.getByLabel('expression (required)')
    await page.getByLabel('Field 1.2').waitFor()
    expect(await page.getByLabel('Operator 1.1').inputValue()).toBe('gt')
    await page.getByLabel('Value 1.2').fill('127.0.0.2')
    expect(await text.inputValue()).toBe('tcp.srcport gt 0 and ip.src eq 127.0.0.2')
    await page.getByRole('button', { name: 'Or', exact: true }).click()
    expect(await text.inputValue()).toBe('(tcp.srcport gt 0 and ip.src eq 127.0.0.2) or (ip.src eq 127.0.0.1)')
    await page.getByText('Looked at from phase connect on, at lines.').waitFor()
    await text.fill('ip.src in {127.0.0.0/8}')
    expect(await page.getByLabel('Operator 1.1').inputValue()).toBe('in')
    await text.fill('no.such eq 1')
    await page.getByText(/^Line 1, column 1: .*no\.such/).waitFor()
    // What has no lines stays text.
    await text.fill('len(listener.name) gt 3')
    await page.getByText('goes on as text').waitFor()
    await page.getByRole('button', { name: 'Review' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click()
    await until(async () => (await rule('second')).expression === 'len(listener.name) gt 3', 'the change')
    await page.close()
  })

  test('rules are moved by keyboard and by dragging, and show what they hit', async () => {
    const page = await browser.open(base, { at: '/rules' })
    const names = async (): Promise<
      string[]
    > => (await page.locator('.rule-list tbody tr td:nth-child(2)').allInnerTexts())
    await page.getByRole('button', { name: 'Move second up' }).focus()
    await page.keyboard.press('Enter')
    await until(async () => (await names()).join() === 'second,first', 'the other order')
    expect([(await rule('second')).priority, (await rule('first')).priority]).toEqual([10, 20])
    await page.locator('tr', { hasText: 'first' }).locator('.grip').dragTo(
      page.locator('tr', { hasText: 'second' }).last()
    )
    await until(async () => (await names()).join() === 'first,second', 'the first order')
    await farm.client('hello a')
    await page.locator('.rule-list tr', { hasText: 'second' }).getByRole('link', { name: '1', exact: true }).waitFor()
    await page.close()
  })

  test('a rule is drafted, simulated and enabled from the page, with the plan before each', async () => {
    const page = await browser.open(base, { at: '/rules' })
    await page.getByRole('link', { name: 'New draft' }).click()
    await page.getByLabel('name (required)').fill('third')
    // A draft may name fields that there are not yet.
    await page.getByLabel('expression (required)').fill('mqtt.type eq "PUBLISH"')
    await page.getByLabel('action (required)').selectOption('block')
    await page.getByRole('button', { name: 'Review' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click()
    const row = page.locator('.rule-list tr', { hasText: 'third' })
    await row.getByText('unknown field').waitFor()
    expect(await rule('third')).toMatchObject({ state: 'draft' })
    // There is nothing to apply: what the change would be refused for, its plan is.
    await page.getByLabel('state of third').selectOption('simulated')
    await row.getByRole('alert').filter({ hasText: 'mqtt.type' }).waitFor()
    await weir.api.call('patchRule', { path: { name: 'third' }, body: { expression: 'ip.src eq 192.0.2.9' } })
    for (const state of ['simulated', 'enabled'] as const) {
      await page.getByLabel('state of third').selectOption(state)
      await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click()
      await until(async () => (await rule('third')).state === state, `state ${state}`)
      await until(async () => await page.getByLabel('state of third').inputValue() === state, `${state} on the page`)
    }
    await weir.api.call('deleteRule', { path: { name: 'third' } })
    await page.close()
  })

  test('a sample is tried on the rules, and the API\'s words say what is wrong with one', async () => {
    const page = await browser.open(base, { at: '/rules' })
    const panel = page.locator('section[aria-label="Test"]')
    await panel.getByLabel('Fields').fill('{"ip.src":"192.0.2.1"}')
    await panel.getByRole('button', { name: 'Test' }).click()
    await panel.getByRole('status', { name: 'Result' }).getByText('block', { exact: true }).waitFor()
    await panel.getByText('connect: first applies, and ends the phase (block)').waitFor()
    await panel.getByLabel('Fields').fill('{"no.such":1}')
    await panel.getByRole('button', { name: 'Test' }).click()
    await panel.getByRole('alert').filter({ hasText: 'no.such' }).first().waitFor()
    await page.close()
  })

  test('security events come as they happen, are filtered, and show the values that were looked at', async () => {
    const page = await browser.open(base, { at: '/security' })
    const table = page.getByRole('table', { name: 'Security events' })
    await farm.client('hello a')
    await table.getByRole('row', { name: /rule second/ }).first().waitFor()
    await page.getByLabel('name', { exact: true }).fill('first')
    await page.keyboard.press('Enter')
    await page.getByText('No event matches').waitFor()
    await page.getByLabel('name', { exact: true }).fill('second')
    await page.keyboard.press('Enter')
    await table.getByRole('link').first().click()
    await page.locator('section[aria-label="Decision"]').getByText('listener.name').waitFor()
    await page.close()
  })

  test('defence mode is set after a question', async () => {
    const page = await browser.open(base, { at: '/security' })
    await page.getByRole('button', { name: 'Set defence mode of lines to on' }).click()
    await page.getByRole('dialog').getByText('Clients that are connected stay').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Set to on' }).click()
    await page.locator('section[aria-label="Defence mode"]').getByText('defends').waitFor()
    expect((await weir.api.call('getUserVserver', { path: { name: 'lines' } })).body.floods.mode).toBe('on')
    await page.close()
  })
})
