import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normalPath } from './normal-path.ts'

test.each([
  ['/', '/'],
  ['/a/b', '/a/b'],
  ['/a?b=/../c', '/a'],
  ['/a/../b', '/b'],
  ['/a/./b', '/a/b'],
  ['/a/%2e%2E/b', '/b'],
  ['/a/.%2e', '/'],
  ['/a/b/..', '/a/'],
  ['/a/.', '/a/'],
  ['/../../a', '/a'],
  ['/..', '/'],
  ['/%61dmin', '/admin'],
  ['/a%2fb', '/a%2Fb'],
  ['/a%2f..%2fb', '/a%2F..%2Fb'],
  ['//a//b', '//a//b'],
  ['/a//../b', '/a/b'],
  ['/%', '/%'],
  ['/%zz/../a', '/a'],
  ['/%%61%61', '/%aa'],
  ['/a/...', '/a/...'],
  ['/.a', '/.a'],
  ['/%252e%252e/a', '/%252e%252e/a']
])('the normal form of %s is %s', (path, normal) => {
  expect(normalPath(path)).toBe(normal)
})

// A percent sign without two digits is left out: `/%%61%61` becomes `/%aa`, which would be an escape of its own.
test('a normal form is its own, begins with a slash, and has no dot segments', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('/', '.', '..', '%2e', '%2E', '%2f', 'a', '%61', '%25', '?')), parts => {
      const normal = normalPath(`/${parts.join('')}`)
      expect(normalPath(normal)).toBe(normal)
      expect(normal.startsWith('/')).toBe(true)
      expect(normal.split('/').some(segment => segment === '.' || segment === '..')).toBe(false)
    })
  )
})
