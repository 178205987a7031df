import { chromium, type Browser, type CDPSession, type Page } from 'playwright-core'
import { findService } from '../../../test/support/services.ts'

/** What a page holds, after a collection of garbage. */
export interface Held {
  readonly heapMb: number
  readonly nodes: number
  readonly listeners: number
}

/** What the main thread of a page has done so far, in milliseconds. */
export interface Busy {
  readonly tasks: number
  readonly script: number
  readonly layout: number
}

/** Start Debian's Chromium. */
export const startBrowser = async (): Promise<Browser> => {
  const program = findService('chromium')
  if (program === undefined) throw new Error('this run needs chromium')
  return await chromium.launch({ executablePath: program, args: ['--no-sandbox'] })
}

/** A tab with a cache and a process of its own. */
export class Tab {
  readonly page: Page
  readonly #cdp: CDPSession

  private constructor (page: Page, cdp: CDPSession) {
    this.page = page
    this.#cdp = cdp
  }

  static async open (browser: Browser): Promise<Tab> {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    const page = await context.newPage()
    page.setDefaultTimeout(120_000)
    const cdp = await context.newCDPSession(page)
    await cdp.send('Performance.enable')
    return new Tab(page, cdp)
  }

  async close (): Promise<void> { await this.page.context().close() }

  /** Bytes that come over the wire until it is called again or `counted` is read, headers included. */
  async countBytes (): Promise<{ readonly counted: () => number }> {
    let bytes = 0
    this.#cdp.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength })
    await this.#cdp.send('Network.enable')
    return { counted: () => bytes }
  }

  /** JavaScript's heap as it is, garbage included. */
  async heapMb (): Promise<number> { return (await this.#metrics()).get('JSHeapUsedSize')! / 2 ** 20 }

  async held (): Promise<Held> {
    await this.#cdp.send('HeapProfiler.collectGarbage')
    const metrics = await this.#metrics()
    return {
      heapMb: metrics.get('JSHeapUsedSize')! / 2 ** 20,
      nodes: metrics.get('Nodes')!,
      listeners: metrics.get('JSEventListeners')!
    }
  }

  async busy (): Promise<Busy> {
    const metrics = await this.#metrics()
    const ms = (name: string): number => metrics.get(name)! * 1000
    return {
      tasks: ms('TaskDuration'),
      script: ms('ScriptDuration'),
      layout: ms('LayoutDuration') + ms('RecalcStyleDuration')
    }
  }

  async #metrics (): Promise<ReadonlyMap<string, number>> {
    return new Map((await this.#cdp.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value]))
  }
}
