// The article's load test in a real browser: pages inside and outside the protected name, and what each protection lets
// through.
import { TIME_SCALE, until } from '@weirlb/testing'
import { chromium, type Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startBridge } from '../../examples/edge-load/bridge.ts'
import { startEdge, type Edge } from '../../examples/edge-load/edge.ts'
import { protections } from '../../examples/edge-load/protections.ts'
import { atEnd } from '../support/at-end.ts'
import { describeWithChromium } from '../support/describe-with.ts'

/** Testers of each looper: two more than the rate limit lets through. */
const TESTERS = 12

const all = (outcome: string): string[] => Array.from({ length: TESTERS }, () => outcome)
const ten = [...Array.from({ length: 10 }, () => 'received'), 'refused', 'refused']

/** What becomes of testers, and of a call of the bridge, by protection. */
const expected: Readonly<
  Record<string, { readonly inside: string[], readonly outside: string[], readonly bridge: string }>
> = {
  none: { inside: all('received'), outside: all('received'), bridge: 'received' },
  'edge function': { inside: all('received'), outside: all('refused'), bridge: '403' },
  rule: { inside: all('received'), outside: all('refused'), bridge: '403' },
  'rate limit': { inside: ten, outside: ten, bridge: 'received' },
  // The browser solves the challenge of the page inside, whose WebSockets then bring the clearance.
  'defence mode': { inside: all('received'), outside: all('refused'), bridge: 'received' }
}

test('every protection has a row', () => { expect(protections.map(({ name }) => name)).toEqual(Object.keys(expected)) })

describeWithChromium('loopers in Chromium', program => {
  let edge: Edge
  let browser: Browser
  // A new one for each: an address that had a long session is known-good, and defence mode would not challenge it.
  beforeEach(async () => {
    edge = await startEdge()
    atEnd(async () => { await edge.close() })
  })
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox', '--ignore-certificate-errors'] })
  }, 120_000 * TIME_SCALE)
  afterAll(async () => { await browser?.close() })

  /** A looper in a browser that was nowhere before. */
  const loop = async (site: string): Promise<string[]> => {
    const page = await browser.newPage({ ignoreHTTPSErrors: true })
    await page.goto(`${site}/?testers=${TESTERS}&mqtt=${encodeURIComponent(edge.mqtt)}`)
    const results = await until(async () => {
      // The page of a challenge has none, and goes when it is solved.
      const found = await page.evaluate('typeof results === "undefined" ? [] : results').catch(() => []) as string[]
      return found.length === TESTERS && found
    }, `the testers of ${site}`)
    await page.close()
    return results.sort()
  }

  test.each(protections.map(({ name, ...protection }) => [name, protection] as const))(
    'protection: %s',
    async (name, protection) => {
      const bridge = await startBridge({ url: edge.mqtt, ca: edge.ca })
      atEnd(() => {
        bridge.close()
      })
      await protection.set(edge)
      const { inside, outside, bridge: called } = expected[name]!
      const hit = await (await fetch(`${bridge.url}/hit`)).json() as { readonly text: string, readonly outcome: string }
      expect([hit.text, hit.outcome]).toEqual(['Hello World!', called])
      expect(await loop(edge.outside)).toEqual(outside)
      expect(await loop(edge.inside)).toEqual(inside)
      const { controls } = await edge.weir.stats()
      // One of the page, which the browser has solved; the testers outside never could.
      if (name === 'defence mode') expect(controls['flood/defence-mode']!.actions).toEqual({ challenge: 1 + TESTERS })
      await protection.unset(edge)
    }
  )
})
