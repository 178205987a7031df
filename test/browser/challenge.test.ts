// A real browser passes a challenge by itself, and gets the page and a WebSocket.
import { TIME_SCALE, until } from '@weirlb/testing'
import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { describeWithChromium } from '../support/describe-with.ts'
import { atEnd } from '../support/engine-bench.ts'
import { HttpBench, web } from '../support/http-bench.ts'

describeWithChromium('a challenge in Chromium', program => {
  test('passes without a click, once, and no script but its own runs', async () => {
    const asked: (string | undefined)[] = []
    const { port } = await web(({ url }, response) => {
      asked.push(url)
      response.setHeader('Content-Type', 'text/html')
      response.end('<title>the page</title>')
    })
    const http = await HttpBench.start([port], {}, { vserver: { floods: { exemptFrom: [], level: 'under-attack', rampSeconds: 0 } } })
    const browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] })
    atEnd(async () => { await browser.close() })
    const context = await browser.newContext()
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', message => {
      if (message.type() === 'error' && !message.text().includes('403')) complaints.push(message.text())
    })
    page.on('pageerror', error => {
      complaints.push(error.message)
    })
    const origin = `http://127.0.0.1:${http.port}`
    const first = await page.goto(`${origin}/app?x=1`)
    expect(first?.status()).toBe(403)
    await until(async () => await page.title().catch(() => '') === 'the page', 'the page of the server')
    expect(asked).toContain('/app?x=1')
    expect(page.url()).toBe(`${origin}/app?x=1`)
    expect((await context.cookies()).map(({ name, httpOnly }) => [name.replace(/[0-9a-f]{8}$/, ''), httpOnly]))
      .toContainEqual(['weir-clearance-', true])
    expect((await page.goto(`${origin}/again`))?.status()).toBe(200)
    const opened = await page.evaluate(`new Promise(resolve => { const socket = new WebSocket('ws://127.0.0.1:${http.port}/ws'); socket.onopen = () => resolve('open'); socket.onerror = () => resolve('refused') })`)
    expect(opened).toBe('open')
    expect(complaints.filter(text => !text.includes('favicon'))).toEqual([])

    // The endpoint brings a page of its own back to where it came from.
    const other = await (await browser.newContext()).newPage()
    await other.goto(`${origin}/.well-known/weir/challenge?to=/there`)
    await until(() => other.url() === `${origin}/there`, 'the way back')
  }, 120_000 * TIME_SCALE)
})
