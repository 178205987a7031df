import { glbMatch } from '@weirlb/model'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HostTable } from './host-table.ts'

interface Bound { readonly to: string, readonly hosts: readonly string[], readonly path?: string }

const tableOf = (...glbs: readonly Bound[]): HostTable<string> =>
  new HostTable(glbs.map(({ to, hosts, path }) => ({ to, match: glbMatch.parse({ hosts, path }) })), 'hosts')

const found = (table: HostTable<string>, name: string, path = '/'): string | undefined =>
  table.find(name, path, undefined)?.to

describe('a name', () => {
  const table = tableOf({ to: 'any', hosts: ['*'] }, { to: 'short', hosts: ['*.example.com'] }, { to: 'long', hosts: ['*.eu.example.com'] }, { to: 'exact', hosts: ['www.eu.example.com', 'example.com'] })

  test.each([
    ['www.eu.example.com', 'exact'],
    ['example.com', 'exact'],
    ['a.eu.example.com', 'long'],
    ['a.b.eu.example.com', 'long'],
    ['eu.example.com', 'short'],
    ['www.example.com', 'short'],
    ['notexample.com', 'any'],
    ['com', 'any'],
    ['', 'any'],
    ['10.0.0.1', 'any'],
    [`${'a.'.repeat(10_000)}example.com`, 'any']
  ])('%s has the rule %s', (name, rule) => {
    expect(found(table, name)).toBe(rule)
  })

  test('without a rule has none', () => {
    const table = tableOf({ to: 'exact', hosts: ['a.example'] }, { to: 'below', hosts: ['*.b.example'] })
    expect(['b.example', 'x.a.example', 'a.example.', ''].map(name => found(table, name))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined
    ])
  })

  test('has the rule that a search through all of them finds', () => {
    const label = fc.constantFrom('a', 'b', 'c')
    const name = fc.array(label, { minLength: 1, maxLength: 4 }).map(labels => labels.join('.'))
    const pattern = fc.tuple(fc.constantFrom('', '', '*.'), name).map(parts => parts.join(''))
    fc.assert(fc.property(fc.uniqueArray(pattern, { maxLength: 12 }), name, (patterns, asked) => {
      const fits = (pattern: string): boolean =>
        pattern.startsWith('*.') ? asked.endsWith(pattern.slice(1)) : asked === pattern
      const best = patterns.filter(fits).sort((a, b) =>
        Number(a.startsWith('*')) - Number(b.startsWith('*')) || b.length - a.length
      )[0]
      expect(found(tableOf(...patterns.map(pattern => ({ to: pattern, hosts: [pattern] }))), asked)).toBe(best)
    }))
  })
})

describe('a path', () => {
  const table = tableOf({ to: 'all', hosts: ['a'] }, { to: 'api', hosts: ['a'], path: '/api' }, { to: 'v2', hosts: ['a'], path: '/api/v2' }, { to: 'files', hosts: ['a'], path: '/files/' })

  test.each([
    ['/', 'all'],
    ['/api', 'api'],
    ['/api?x=/api/v2', 'api'],
    ['/api/', 'api'],
    ['/apis', 'all'],
    ['/api/v2', 'v2'],
    ['/api/v20', 'api'],
    ['/api/v2/x', 'v2'],
    ['/files', 'all'],
    ['/files/', 'files'],
    ['/files/x', 'files'],
    ['*', 'all']
  ])('%s has the rule %s', (path, rule) => {
    expect(found(table, 'a', path)).toBe(rule)
  })

  test('that no rule of an exact name has goes to the wildcard', () => {
    const table = tableOf({ to: 'exact', hosts: ['a.example'], path: '/api' }, { to: 'wild', hosts: ['*.example'] })
    expect([found(table, 'a.example', '/api'), found(table, 'a.example', '/x')]).toEqual(['exact', 'wild'])
  })
})

test.each([
  ['/api/x', 'api'],
  ['/x/../api', 'api'],
  ['/%61pi/x?y', 'api'],
  ['/x/%2e%2E/api', 'api'],
  ['/api/../x', 'web'],
  ['/api/%2e%2e/x', 'web'],
  ['/api%2f..%2fx', 'web'],
  ['//api', 'web'],
  ['/apis', 'web'],
  ['/odd~/x', 'odd'],
  ['/odd%7e/x', 'odd']
])('the path %s is compared in its normal form, as the path of a rule is: %s', (path, rule) => {
  const table = tableOf({ to: 'api', hosts: ['a.example'], path: '/api' }, { to: 'odd', hosts: ['a.example'], path: '/x/../odd%7E' }, { to: 'web', hosts: ['a.example'] })
  expect(found(table, 'a.example', path)).toBe(rule)
})
