import { fileURLToPath } from 'node:url'
import { TIME_SCALE } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { differences, walk } from '../../scripts/docs/walk.ts'

const folder = fileURLToPath(new URL('../../examples/first-protocol', import.meta.url))

test('the tutorial can be walked from its first command to its last, and prints what it says', {
  timeout: 300_000 * TIME_SCALE
}, async () => {
  expect(differences(folder, await walk(folder))).toEqual([])
})
