import { MAX_SOURCE } from '@weirlb/model'
import { expect, test } from 'vitest'
import { moduleWithMap } from './module-with-map.ts'

const built = (code: string) => ({ code, map: '{"version":3}', selfContained: false, files: [] })

test('a module is sent with its map, where there is room for both', () => {
  expect(moduleWithMap(built('x\n'))).toBe(
    `x\n//# sourceMappingURL=data:application/json;base64,${Buffer.from('{"version":3}').toString('base64')}\n`
  )
  const long = 'x'.repeat(MAX_SOURCE - 10)
  expect(moduleWithMap(built(long))).toBe(long)
})
