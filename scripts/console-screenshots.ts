// Pictures of every page of the console, in light and dark, 1440 and 390 pixels wide, of a Weir with clients.
//   node scripts/console-screenshots.ts [FOLDER] [--names plain|hard] [--only NAME]... [--cluster]
// Without FOLDER a temporary one is made. `hard` has names of 127 characters, and texts of 200 from right to left.
// `--cluster` makes it a node of a cluster, with redis-server.
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'
import { fill, hardNames, plainNames, sights } from '../test/console/sights.ts'
import { ConsoleFarm } from '../test/support/console-farm.ts'
import { Redis } from '../test/support/redis.ts'
import { findService } from '../test/support/services.ts'

const { values, positionals: [given] } = parseArgs({
  allowPositionals: true,
  options: {
    names: { type: 'string', default: 'plain' },
    only: { type: 'string', multiple: true },
    cluster: { type: 'boolean', default: false }
  }
})
const program = findService('chromium')
if (program === undefined) throw new Error('this needs chromium')
const folder = given ?? mkdtempSync(join(tmpdir(), 'weir-console-'))
mkdirSync(folder, { recursive: true })

const redisServer = values.cluster ? findService('redis') : undefined
const redis = redisServer === undefined ? undefined : await Redis.start(redisServer)
const farm = await ConsoleFarm.start({
  workers: 2,
  ...redis === undefined ? {} : { args: ['--cluster', `redis://127.0.0.1:${redis.port}`, '--node', 'a'] }
})
const browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] })
try {
  const places = await fill(farm, values.names === 'hard' ? hardNames : plainNames)
  for (const scheme of ['light', 'dark'] as const) {
    for (const width of [1440, 390]) {
      const context = await browser.newContext({
        viewport: { width, height: width > 500 ? 900 : 844 },
        colorScheme: scheme,
        locale: 'en-GB'
      })
      const page = await context.newPage()
      page.setDefaultTimeout(120_000)
      for (const { name, at, ready } of sights) {
        if (values.only !== undefined && !values.only.includes(name)) continue
        await page.goto(`${farm.base}/#${at(places)}`)
        await page.locator(ready).first().waitFor()
        const path = join(folder, `${name}-${scheme}-${width}.png`)
        await page.screenshot({ path, fullPage: true })
        console.log(path)
      }
      await context.close()
    }
  }
} finally {
  await browser.close()
  await farm.stop()
  await redis?.kill()
}
