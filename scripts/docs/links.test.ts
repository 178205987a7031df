// Links in everything a reader opens.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const pages = globSync(['*.md', 'docs/**/*.md', '{packages,extensions,examples}/*/README.md'], {
  cwd: root,
  exclude: path => path.includes('node_modules')
})

test('there are pages', () => { expect(pages.length).toBeGreaterThan(10) })

test('each decision record has its own number, which is in its title too', () => {
  const records = pages.filter(page => page.startsWith('docs/adr/')).sort()
  const numbers = records.map(page => Number(/\d+/.exec(page)![0]))
  expect(numbers).toEqual([...new Set(numbers)])
  expect(records.map(page => Number(/^# (\d+)\. /.exec(readFileSync(join(root, page), 'utf8'))?.[1]))).toEqual(numbers)
})

test.each(pages)('%s: links lead to files, and addresses stay on this machine', page => {
  const text = readFileSync(join(root, page), 'utf8')
  for (const [, target = ''] of text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
    if (!/^https?:/.test(target))
      expect(existsSync(join(root, dirname(page), target)), `${page} links to ${target}`).toBe(true)
  }
  // A paragraph of a specification (§3.14.2.2.1) is no address.
  const addresses = [...text.matchAll(/(?<![§\d.])\d{1,3}(?:\.\d{1,3}){3}\b/g)].map(([address]) => address)
  expect(addresses.filter(address => !address.startsWith('127.') && address !== '0.0.0.0')).toEqual([])
})
