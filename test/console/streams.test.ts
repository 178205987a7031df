import { until } from '@weirlb/testing'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ConsoleBrowser } from '../support/console-browser.ts'
import { ConsoleFarm } from '../support/console-farm.ts'
import { CutProxy } from '../support/cut-proxy.ts'
import { describeWithChromium } from '../support/describe-with.ts'

/** Keeps the text that each reader of a stream was given, for `samplesOf`. */
const keepTexts = `globalThis.streamTexts = []
const { read } = ReadableStreamDefaultReader.prototype
const texts = new Map()
ReadableStreamDefaultReader.prototype.read = async function () {
  const result = await read.call(this)
  if (typeof result.value !== 'string') return result
  if (!texts.has(this)) texts.set(this, globalThis.streamTexts.push('') - 1)
  globalThis.streamTexts[texts.get(this)] += result.value
  return result
}`

/** Numbers of the samples that the page has got, in their order. */
const samplesOf = async (page: Page): Promise<number[]> => (await page.evaluate('globalThis.streamTexts') as string[])
  .flatMap(text => text.split('\n\n').slice(0, -1))
  .filter(block => block.includes('event: sample'))
  .map(block => Number(/^id: \S+\.(\d+)$/m.exec(block)![1]))

describeWithChromium('streams of the console', program => {
  let browser: ConsoleBrowser
  let farm: ConsoleFarm
  let proxy: CutProxy
  let base: string
  beforeAll(async () => {
    farm = await ConsoleFarm.start()
    proxy = await CutProxy.start(Number(new URL(farm.base).port))
    base = `http://127.0.0.1:${proxy.port}`
    browser = await ConsoleBrowser.start(program)
  })
  afterEach(() => { browser.expectNoFaults() })
  afterAll(async () => {
    await browser?.stop()
    proxy?.close()
    await farm?.stop()
  })

  test('a connection that breaks is told, and what was missed comes when it is back: samples, events, and that a trace has a gap', async () => {
    const { api } = farm.weir
    const lastSample = async (): Promise<number> => Number((await api.call('getHistory')).body.lastId.split('.')[1])
    const overview = await browser.open(base)
    await overview.addInitScript(keepTexts)
    await overview.reload()
    const list = await browser.open(base, { at: '/configuration/services' })
    const trace = await browser.open(base, { at: '/extensions/lines/trace' })
    await until(async () => (await samplesOf(overview)).length > 0, 'a first sample')
    await list.getByRole('row', { name: /^s1 / }).waitFor()
    await trace.getByLabel('For, s').fill('3600')
    await trace.getByRole('button', { name: 'Start' }).click()
    await trace.getByRole('status', { name: 'Trace state' }).getByText(/^On until/).waitFor()
    for (const page of [overview, list, trace])
      await page.getByRole('status', { name: 'Stream' }).getByText('Live').waitFor()
    const resumed: (string | undefined)[] = []
    overview.on('request', request => {
      if (request.url().endsWith('/v1/history') && request.headers()['accept'] === 'text/event-stream')
        resumed.push(request.headers()['last-event-id'])
    })

    proxy.cut()
    for (const page of [overview, list, trace])
      await page.getByRole('status', { name: 'Stream' }).getByText('Reconnecting').waitFor()
    await overview.getByText(/^What you see may be old/).waitFor()
    const before = await lastSample()
    await api.call('createService', { body: { name: 'made-meanwhile', address: '127.0.0.1', port: 9 } })
    await farm.client('hello meanwhile')
    await until(async () => await lastSample() >= before + 2, 'samples that the page misses')
    expect(await list.getByRole('row', { name: /^made-meanwhile/ }).count()).toBe(0)
    proxy.mend()

    for (const page of [overview, list, trace])
      await page.getByRole('status', { name: 'Stream' }).getByText('Live').waitFor()
    const last = await lastSample()
    await until(async () => (await samplesOf(overview)).at(-1)! >= last, 'the samples that were missed')
    const samples = await samplesOf(overview)
    expect(samples).toEqual(Array.from(samples, (_, i) => samples[0]! + i))
    expect(resumed.at(-1)).toMatch(/^\S+\.\d+$/)
    // The page asks for services again when an event says that they have changed.
    await list.getByRole('row', { name: /^made-meanwhile/ }).waitFor()
    await trace.getByText('The stream was cut once; calls of that time are missing.').waitFor()
    for (const page of [overview, list, trace]) await page.close()
  })
})
