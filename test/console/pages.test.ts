import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ConsoleBrowser, expectAccessible } from '../support/console-browser.ts'
import { ConsoleFarm } from '../support/console-farm.ts'
import { describeWithChromium } from '../support/describe-with.ts'
import { fill, hardNames, sights, type Places } from './sights.ts'

/** Each scheme and each width once: what depends on both was looked at in pictures. */
const looks = [['light', 390], ['dark', 1440]] as const

/** What stands beyond the right edge of the page, and not in something that scrolls or cuts it off. */
const overflowing = `(() => {
  const cuts = element => { for (let up = element; up !== null && up !== document.body; up = up.parentElement) if (getComputedStyle(up).overflowX !== 'visible' || getComputedStyle(up).clipPath !== 'none') return true; return false }
  return [...document.body.querySelectorAll('*')]
    .filter(element => element.getBoundingClientRect().right > innerWidth + 1 && element.getBoundingClientRect().width > 0 && !cuts(element))
    .map(element => element.outerHTML.slice(0, 120))
    .slice(0, 3)
})()`

/**
 * Texts from right to left that would turn what is around them: the nearest isolated element has other text as well.
 */
const mixed = (names: readonly string[]): string => `(() => {
  const rightToLeft = /[\\u0590-\\u08ff]/
  const names = ${JSON.stringify(names)}
  const found = []
  const texts = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const { data, parentElement } = texts.currentNode
    if (!rightToLeft.test(data) || parentElement.closest('textarea, pre, .expression-text, .code-editor, [hidden]') !== null) continue
    const isolated = element => /isolate|plaintext/.test(getComputedStyle(element).unicodeBidi)
    let around = parentElement
    while (around !== null && !isolated(around)) around = around.parentElement
    const rest = names.reduce((text, name) => text.replaceAll(name, ''), around.textContent).trim()
    if (/[A-Za-z]/.test(rest)) found.push(around.outerHTML.slice(0, 200))
  }
  return found.slice(0, 3)
})()`

describeWithChromium('every page, with the longest names and texts from right to left', program => {
  let browser: ConsoleBrowser
  let farm: ConsoleFarm
  let places: Places
  let page: Page
  beforeAll(async () => {
    farm = await ConsoleFarm.start()
    places = await fill(farm, hardNames)
    browser = await ConsoleBrowser.start(program)
    page = await browser.open(farm.base)
  })
  afterEach(() => { browser.expectNoFaults() })
  afterAll(async () => {
    await browser?.stop()
    await farm?.stop()
  })

  test.each(sights.map(sight => [sight.name, sight] as const))('%s keeps its shape and its contrast, in light and dark, wide and narrow', async (_name, { at, ready }) => {
    await page.goto(`${farm.base}/#${at(places)}`)
    for (const [colorScheme, width] of looks) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 900 })
      await page.locator(ready).first().waitFor()
      // Charts take the width of their place one frame after it.
      await expect.poll(async () => await page.evaluate(overflowing)).toEqual([])
      const pageWidth = async (): Promise<unknown> => await page.evaluate('document.documentElement.scrollWidth')
      await expect.poll(pageWidth).toBeLessThanOrEqual(width)
      // The scheme changes colours only.
      await expectAccessible(page, colorScheme === 'light' ? undefined : ['color-contrast'])
    }
    expect(await page.evaluate(mixed([hardNames.key, hardNames.clientId]))).toEqual([])
  })
})
