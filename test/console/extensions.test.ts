import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@weirlb/testing'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ConsoleBrowser, expectAccessible } from '../support/console-browser.ts'
import { checkOf as check, editorOf as editor, writeSource as write } from '../support/console-editor.ts'
import { ConsoleFarm } from '../support/console-farm.ts'
import { describeWithChromium } from '../support/describe-with.ts'
import { lineProtocol } from '../support/line-protocol.ts'
import type { WeirProcess } from '../support/weir-process.ts'

const source = (comment: string): string => `// ${comment}
import { defineProtocol, forward, frame } from '@weirlb/sdk'

export default defineProtocol({
  name: 'taught',
  api: 1,
  balance: 'per-connection',
  client: {
    framing: frame.lines({ max: 500 }),
    onMessage (message) {
      return forward({ token: message.text().trim() })
    }
  }
})
`

/** A capture of one IP packet with a text from a client (LINKTYPE_RAW), as tcpdump writes it. */
const pcapOf = (address: string, port: number, text: string): Buffer => {
  const file = Buffer.alloc(24 + 16 + 40)
  file.writeUInt32LE(0xa1b2c3d4, 0)
  file.writeUInt32LE(101, 20)
  file.writeUInt32LE(40 + text.length, 32)
  const packet = file.subarray(40)
  packet[0] = 0x45
  packet.writeUInt16BE(40 + text.length, 2)
  packet[9] = 6
  Buffer.from([...address.split('.').map(Number), 127, 0, 0, 1]).copy(packet, 12)
  packet.writeUInt16BE(port, 20)
  packet.writeUInt16BE(1883, 22)
  packet[32] = 0x50
  return Buffer.concat([file, Buffer.from(text)])
}

describeWithChromium('extensions', program => {
  let browser: ConsoleBrowser
  let farm: ConsoleFarm
  let weir: WeirProcess
  let base: string
  let folder: string
  let large: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'weir-console-'))
    large = join(folder, 'large.bin')
    writeFileSync(large, '')
    truncateSync(large, 50 * 1024 * 1024)
    farm = await ConsoleFarm.start()
    ;({ weir, base } = farm)
    browser = await ConsoleBrowser.start(program)
    await weir.api.call('createExtension', { body: { name: 'mqtt', builtin: 'mqtt' } })
  })
  afterEach(() => { browser.expectNoFaults() })
  afterAll(async () => {
    await browser?.stop()
    await farm?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const file = (
    name: string,
    content: string | Buffer
  ): { readonly name: string, readonly mimeType: string, readonly buffer: Buffer } => ({
    name,
    mimeType: 'application/octet-stream',
    buffer: Buffer.from(content)
  })

  test('has nothing serious for axe-core, in light and dark, wide and narrow', async () => {
    for (const [scheme, width] of [['light', 1440], ['dark', 1440], ['light', 390]] as const) {
      const page = await browser.open(base, { at: '/extensions', scheme, width })
      await page.getByRole('link', { name: 'lines', exact: true }).waitFor()
      await expectAccessible(page)
      await page.evaluate('location.hash = "#/extensions/lines"')
      await check(page, 'Compiles').waitFor()
      await expectAccessible(page)
      for (const [part, heading] of [['versions', 'Budgets'], ['explain', 'Bytes'], ['trace', 'Trace']] as const) {
        await page.evaluate(`location.hash = "#/extensions/lines/${part}"`)
        await page.getByRole('heading', { name: heading, exact: true }).waitFor()
        await expectAccessible(page)
      }
      await page.close()
    }
  })

  test('a new one is checked as one types, marked at its line, and created', async () => {
    const page = await browser.open(base, { at: '/extensions?new=1' })
    await check(page, 'Compiles').waitFor()
    await write(page, source('first').replace('forward({', 'forwrad({'))
    await check(page, '1 problem').waitFor()
    const problem = page.getByRole('region', { name: 'Problems' }).getByRole('button')
    expect(await problem.innerText()).toMatch(/^11:14\s(?!.*:11:14)/s)
    await page.locator('.cm-lintRange-error').getByText('forwrad').waitFor()
    await expectAccessible(page)
    await problem.click()
    await until(
      async () =>
        await page.locator('.cm-activeLine').innerText() === '      return forwrad({ token: message.text().trim() })',
      'the caret at the fault'
    )
    // What is declared wrongly has one place, too.
    await write(page, source('first').replace("name: 'taught'", "name: 'tau ght'"))
    await until(async () => /^\d+:\d+\s+name: /.test(await problem.innerText()), 'the fault of the declaration')
    // One that does not compile, where the API says so.
    await write(page, source('first').replace('api: 1,', 'api: 1;'))
    await until(async () => /^6:9\s/.test(await problem.innerText()), 'the fault of the syntax')
    await write(page, source('first'))
    await check(page, 'Compiles').waitFor()
    const declaration = page.getByRole('region', { name: 'Declaration' })
    await declaration.getByText('taught').waitFor()
    await page.getByLabel('Name', { exact: true }).fill('no name')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('alert').waitFor()
    await page.getByLabel('Name', { exact: true }).fill('taught')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByText('taught is there').waitFor()
    expect((await weir.api.call('getExtension', { path: { name: 'taught' } })).body.source).toBe(source('first'))
    await page.close()
  })
  test('imports a file, refuses one that is too large, and keeps what was typed elsewhere on the console', async () => {
    const page = await browser.open(base, { at: '/extensions?new=1' })
    await check(page, 'Compiles').waitFor()
    await page.getByLabel('File to import').setInputFiles(file('big.ts', Buffer.alloc(5 * 1024 * 1024)))
    await page.getByText('big.ts has 5 MiB; the source of an extension may have 4 MiB.').waitFor()
    await page.getByLabel('File to import').setInputFiles(
      file('mine.ts', source('imported').replace('taught', 'imported'))
    )
    await page.getByRole('region', { name: 'Declaration' }).getByText('imported').waitFor()
    await page.getByRole('link', { name: 'All extensions' }).click()
    await page.getByRole('link', { name: 'New extension' }).click()
    await editor(page).getByText('// imported').waitFor()
    await page.close()
  })

  test('names of the SDK and members of ctx are completed by keyboard, and the editor can be left by it', async () => {
    const page = await browser.open(base, { at: '/extensions?new=1' })
    await write(page, source('second'))
    await page.keyboard.press('Control+End')
    await page.keyboard.type('rejec')
    await page.getByRole('option', { name: /^reject/ }).waitFor()
    // For 75 ms after it has opened, the list takes no keys that were meant for the text.
    await page.evaluate('new Promise(done => { setTimeout(done, 100) })')
    await page.keyboard.press('Enter')
    await until(async () => (await editor(page).innerText()).trimEnd().endsWith('reject'), 'the completed name')
    expect(await editor(page).innerText()).toContain("import { defineProtocol, forward, frame, reject } from '@weirlb/sdk'")
    await page.keyboard.type('\nctx.idle')
    await page.getByRole('option', { name: /^idleTimeout/ }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.shadowRoot')).toBeNull()
    await page.close()
  })

  test('a source that somebody else has changed is not saved over unseen', async () => {
    await weir.api.call('createExtension', { body: { name: 'shared', source: source('first') } })
    const page = await browser.open(base, { at: '/extensions/shared' })
    await check(page, 'Compiles').waitFor()
    await write(page, source('mine'))
    await weir.api.call('patchExtension', { path: { name: 'shared' }, body: { source: source('theirs') } })
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Someone else has changed shared').waitFor()
    expect((await weir.api.call('getExtension', { path: { name: 'shared' } })).body.source).toBe(source('theirs'))
    await editor(page).getByText('// mine').waitFor()
    await page.getByRole('button', { name: 'Save over theirs' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('shared has a new version').waitFor()
    expect((await weir.api.call('getExtension', { path: { name: 'shared' } })).body.source).toBe(source('mine'))
    // Deleted under the editor, and what was typed is not lost.
    await write(page, source('last'))
    await weir.api.call('deleteExtension', { path: { name: 'shared' } })
    await page.getByText('There is no such extension').waitFor()
    await page.getByRole('button', { name: 'Create it anew' }).click()
    await editor(page).getByText('// last').waitFor()
    await page.getByRole('button', { name: 'Create', exact: true }).click()
    await page.getByText('shared is there').waitFor()
    expect((await weir.api.call('getExtension', { path: { name: 'shared' } })).body.source).toBe(source('last'))
    await page.close()
  })

  test('a canary is begun, moved by keyboard and ended, and a version rolled back', async () => {
    const page = await browser.open(base, { at: '/extensions/lines' })
    await check(page, 'Compiles').waitFor()
    await farm.client('hello 1')
    await write(page, `// canary\n${lineProtocol()}`)
    await page.getByRole('button', { name: 'Save as canary', exact: true }).click()
    await page.getByRole('slider', { name: 'Share of new connections: 10 %' }).focus()
    for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowRight')
    await page.getByRole('button', { name: 'Save as canary of 15 %' }).click()
    await page.getByText('A canary of lines gets 15 %').waitFor()
    expect((await weir.api.call('getExtension', { path: { name: 'lines' } })).body.canary?.percent).toBe(15)
    // What one works on is the canary, also after one has looked elsewhere.
    await page.getByRole('link', { name: 'Explain' }).click()
    await page.getByRole('link', { name: 'Source' }).click()
    await editor(page).getByText('// canary').waitFor()
    await page.getByRole('link', { name: 'Versions and budgets' }).click()
    await page.getByRole('row', { name: /^v1 current 1/ }).waitFor()
    await page.getByRole('row', { name: /^v2 canary 0/ }).waitFor()
    await page.getByRole('slider').focus()
    await page.keyboard.press('ArrowRight')
    await until(
      async () => (await weir.api.call('getExtension', { path: { name: 'lines' } })).body.canary?.percent === 16,
      'a share of 16 %'
    )
    await page.getByRole('button', { name: 'Promote' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Promote' }).click()
    await page.getByRole('row', { name: /^v2 current/ }).waitFor()
    await page.getByRole('button', { name: 'Roll back to v1' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click()
    await page.getByRole('row', { name: /^v1 current 1/ }).waitFor()
    await page.close()
  })

  test('a budget is changed, and a wrong one gets the API\'s words beside it', async () => {
    const page = await browser.open(base, { at: '/extensions/lines/versions' })
    const heap = page.getByLabel('Heap of an isolate, MiB', { exact: true })
    await heap.fill('1')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('alert').waitFor()
    expect(await heap.getAttribute('aria-invalid')).toBe('true')
    await heap.fill('80')
    await page.getByRole('button', { name: 'Save' }).click()
    await until(
      async () => (await weir.api.call('getExtension', { path: { name: 'lines' } })).body.limits.heapMb === 80,
      'a heap of 80 MB'
    )
    await page.close()
  })

  test('bytes are explained as text, as hex and from a file, each message with its verdict', async () => {
    const page = await browser.open(base, { at: '/extensions/lines/explain' })
    const messages = page.getByRole('region', { name: 'Messages' }).getByRole('listitem').filter({
      hasText: 'From byte'
    })
    await page.getByRole('textbox', { name: 'Text' }).fill('hello abc\ndrop it\nreject me\\r\nrest')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Outcome' }).waitFor()
    expect(await messages.allInnerTexts()).toEqual([
      expect.stringMatching(/From byte 0: 10 bytes[^]*68 65 6c 6c 6f[^]*forward[^]*token\s+abc[^]*lb: s[12] by/),
      expect.stringMatching(/From byte 10: 8 bytes[^]*drop/),
      expect.stringMatching(/From byte 18: 11 bytes[^]*reject[^]*told to/),
      expect.stringMatching(/From byte 29: 4 bytes[^]*after-end/)
    ])
    await expectAccessible(page)
    await page.getByLabel('Hex', { exact: true }).check()
    await page.getByRole('textbox', { name: 'Hex digits' }).fill('64726f70 0z')
    await page.getByRole('button', { name: 'Explain' }).click()
    await page.getByText("expected hex digits, got 'z' at position 10").waitFor()
    await page.getByRole('textbox', { name: 'Hex digits' }).fill('64726f70 0a')
    await page.getByRole('button', { name: 'Explain' }).click()
    await until(async () => await messages.count() === 1, 'one message')
    const bytes = page.getByLabel('File with bytes')
    await bytes.setInputFiles(large)
    await page.getByText('large.bin has 50 MiB; a capture may have 16 MiB, and an explanation takes 1 MiB of it.')
      .waitFor()
    await bytes.setInputFiles(file('raw.bin', Buffer.alloc(1024 * 1024 + 1)))
    await page.getByText('raw.bin is no capture, and has 1,048,577 bytes; an explanation takes at most 1,048,576.')
      .waitFor()
    await bytes.setInputFiles(file('client.bin', 'hello a\n'.repeat(150)))
    await page.getByRole('button', { name: 'Explain' }).click()
    await page.getByRole('button', { name: 'Show all 150' }).click()
    await until(async () => await messages.count() === 150, 'all messages')
    await bytes.setInputFiles(file('client.pcap', pcapOf('127.0.0.2', 50123, 'hello a\ndrop\n')))
    await page.getByLabel('Stream').getByText('127.0.0.2:50123 to 127.0.0.1:1883').waitFor({ state: 'attached' })
    await page.getByRole('button', { name: 'Explain' }).click()
    await until(async () => await messages.count() === 2, 'the messages of the captured stream')
    await expectAccessible(page)
    await page.close()
  })

  test('a trace shows calls as they come', async () => {
    const page = await browser.open(base, { at: '/extensions/lines/trace' })
    await page.getByLabel('For, s').fill('0')
    await page.getByRole('button', { name: 'Start' }).click()
    await page.getByRole('alert').waitFor()
    await page.getByLabel('For, s').fill('60')
    await page.getByRole('button', { name: 'Start' }).click()
    await page.getByRole('status', { name: 'Trace state' }).getByText(/^On until/).waitFor()
    const row = page.getByRole('row', { name: /message of client.*forward.*token traced/ }).first()
    // The worker hears of the trace in its own time.
    await until(async () => {
      await farm.client('hello traced')
      return await row.count() > 0
    }, 'a call')
    const client = await row.getByRole('cell').nth(2).innerText()
    await expectAccessible(page)
    // To its connection, and back to the calls of its client.
    await page.getByRole('row').filter({ hasText: client }).getByRole('link').first().click()
    await page.getByRole('region', { name: 'Connection', exact: true }).getByRole('link', { name: 'Trace it' }).click()
    await until(
      async () => await page.getByLabel('Client', { exact: true }).inputValue() === client,
      'the filter by the client'
    )
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('status', { name: 'Trace state' }).getByText('Off').waitFor()
    await page.close()
  })
})
