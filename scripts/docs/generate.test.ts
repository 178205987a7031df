import { api, entityComponents } from '@weirlb/admin'
import { collectionNames } from '@weirlb/model'
import { expect, test } from 'vitest'
import { pages, stale } from './generate.ts'
import { fieldsOf } from './schema-fields.ts'

test('docs/reference and quotations are what the sources say (else run: node scripts/docs/generate.ts)', () => {
  expect(Object.keys(stale())).toEqual([])
})

test.each(collectionNames)('every field of %s has a type and a meaning', collection => {
  const fields = fieldsOf(
    api({ base: '', token: true }).document.components.schemas[`${entityComponents[collection]}Input`]!
  )
  expect(
    fields.filter(field => field.meaning === '' || field.type === '' || field.type.includes('undefined')).map(field =>
      field.path
    )
  ).toEqual([])
})

// Links to other rooms of the documentation are followed in links.test.ts.
test('links within the reference lead to headings', () => {
  const all = pages()
  const anchors = new Map(
    Object.entries(all).map(([file, text]) => [
      file,
      new Set(
        [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
          heading!.toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-')
        )
      )
    ])
  )
  for (const [file, text] of Object.entries(all)) {
    for (const [, target = '', hash] of text.matchAll(/\]\(([\w./-]*)(?:#([^)]*))?\)/g)) {
      if (target.startsWith('../')) continue
      const there = anchors.get(target === '' ? file : target)
      expect(there, `${file} links to ${target}`).toBeDefined()
      if (hash !== undefined) expect([...there!], `${file} links to ${target}#${hash}`).toContain(hash)
    }
  }
})
