import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium, type Browser, type Page } from 'playwright-core'
import { expect } from 'vitest'
import { TIME_SCALE } from '@weirlb/testing'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** How a page of the console is looked at. */
export interface Look {
  /** What is opened, behind the `#`: `/overview`. */
  readonly at?: string
  readonly scheme?: 'light' | 'dark'
  readonly width?: number
  /** What the viewer's clock shows when the page is opened, in milliseconds since 1970. Default: the right time. */
  readonly clock?: number
  /** Zone of the viewer. Default: Europe/Berlin. */
  readonly zone?: string
}

interface AxeViolation {
  readonly id: string
  readonly impact: string | null
  readonly nodes: readonly { readonly html: string, readonly failureSummary?: string }[]
}

/**
 * A browser for the tests of a file. It notes what no page of the console may do: throw, break its policy, or ask
 * another host.
 */
export class ConsoleBrowser {
  readonly faults: string[] = []
  readonly #browser: Browser

  private constructor (browser: Browser) { this.#browser = browser }

  static async start (program: string): Promise<ConsoleBrowser> {
    return new ConsoleBrowser(
      await chromium.launch({
        executablePath: program,
        args: ['--no-sandbox', '--js-flags=--expose-gc'],
        timeout: 30_000 * TIME_SCALE
      })
    )
  }

  async stop (): Promise<void> { await this.#browser.close() }

  /** Open the console of a Weir, whose admin URL is `base`, in a tab of its own. */
  async open (
    base: string,
    { at = '', scheme = 'light', width = 1440, zone = 'Europe/Berlin', clock }: Look = {}
  ): Promise<Page> {
    const context = await this.#browser.newContext({
      viewport: { width, height: width > 500 ? 900 : 844 },
      colorScheme: scheme,
      timezoneId: zone,
      // A colour that is on its way to another one has neither's contrast.
      reducedMotion: 'reduce',
      locale: 'en-GB'
    })
    context.setDefaultTimeout(15_000 * TIME_SCALE)
    const page = await context.newPage()
    if (clock !== undefined) await page.clock.install({ time: clock })
    page.once('close', () => {
      if (context.pages().length === 0) context.close().catch(() => {})
    })
    page.on('pageerror', error => {
      this.faults.push(`threw: ${error.message}`)
    })
    page.on('console', message => {
      if (/Content Security Policy|TrustedHTML|Trusted ?Type/i.test(message.text())) this.faults.push(message.text())
    })
    page.on('request', request => {
      if (!request.url().startsWith(`${base}/`)) this.faults.push(`asked ${request.url()}`)
    })
    await page.goto(`${base}/${at === '' ? '' : `#${at}`}`)
    return page
  }

  /** Fails if a page did what it may not. */
  expectNoFaults (): void { expect(this.faults).toEqual([]) }
}

/** Fails if axe-core finds something serious, or critical, on the page as it is; `rules`: by these rules alone. */
export const expectAccessible = async (page: Page, rules?: readonly string[]): Promise<void> => {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(
    `axe.run(${JSON.stringify({ resultTypes: ['violations'], ...rules === undefined ? {} : { runOnly: rules } })})`
  ) as { readonly violations: readonly AxeViolation[] }
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(
    serious.map(({ id, nodes }) =>
      `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`).slice(0, 3).join(' | ')}`
    )
  ).toEqual([])
}
