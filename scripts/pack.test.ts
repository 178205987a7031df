import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { requireBuild } from './pack.ts'
import { packedLinks } from './packed-links.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

test('without a build nothing is packed, and it says what to do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-pack-'))
  expect(() => {
    requireBuild([{ folder, name: '@weirlb/none', version: '0.1.0', doors: [] }])
  }).toThrow('there is no build of @weirlb/none; run: npm run build')
  rmSync(folder, { recursive: true })
})

test.each([
  ['[a](../link/README.md)', '[a](https://www.npmjs.com/package/@weirlb/link)'],
  ['[a](../../docs/guide/operating.md#stop)', '[a](https://unpkg.com/weirlb@1.2.3/docs/guide/operating.md#stop)'],
  [
    '[a](../../extensions/mqtt/README.md), [b](https://x.example/y)',
    '[a](https://www.npmjs.com/package/@weirlb/mqtt), [b](https://x.example/y)'
  ],
  [
    '[a](../link/src/index.ts)',
    expect.stringMatching(/^\[a\]\(https:\/\/unpkg\.com\/@weirlb\/link@[\d.]+\/src\/index\.ts\)$/)
  ],
  ['[a](#here)', '[a](#here)']
])('a link that leads somewhere on npm: %s', (text, expected) => {
  expect(packedLinks(root, join(root, 'packages/engine/README.md'), text, { top: 'weirlb', version: '1.2.3' })).toEqual(
    expected
  )
})

test('a link that leads nowhere is refused', () => {
  expect(() =>
    packedLinks(root, join(root, 'packages/engine/README.md'), '[a](../none.md)', { top: 'weirlb', version: '1.2.3' })
  ).toThrow('packages/engine/README.md links to ../none.md, which is not there')
})
