import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { region, requoted, unquoted } from './regions.ts'

test('a region is what stands between its marks, outdented', () => {
  const text = 'a\n  // #region one\n  b\n\n    c\n  // #endregion\n#region two\nd\n#endregion\n'
  expect(region(text, 'one')).toBe('b\n\n  c\n')
  expect(region(text, 'two')).toBe('d\n')
  expect(() => region(text, 'three')).toThrow("0 regions 'three'; there are: one, two")
  expect(() => region('#region x\n#region x\n', 'x')).toThrow("2 regions 'x'")
  expect(() => region('#region x\n', 'x')).toThrow("region 'x' does not end")
})

test('a quotation is replaced, the rest stays', () => {
  const page = 'Text.\n<!-- from: examples/first-protocol/login.hex -->\n```text\nold\n```\nMore.\n```sh\nown\n```\n'
  expect(requoted(page)).toBe(page.replace('old\n', readFileSync('examples/first-protocol/login.hex', 'utf8')))
  expect(unquoted(page)).toEqual(['own'])
})

test.each(['your-first-protocol.md', 'embedding.md'])('every code block of %s is taken from a file', guide => {
  const page = readFileSync(`docs/guide/${guide}`, 'utf8')
  expect(page).toContain('<!-- from: ')
  expect(unquoted(page)).toEqual([])
})

// What comes from a file is checked by the compiler.
test.each(globSync(['README.md', 'docs/guide/*.md', '{packages,extensions}/*/README.md']))(
  'every TypeScript block of %s is taken from a file',
  page => {
    expect(unquoted(readFileSync(page, 'utf8'), 'ts')).toEqual([])
  }
)
