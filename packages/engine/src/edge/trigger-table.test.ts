import { trigger } from '@weirlb/model'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inOrderOfDecision, triggerMatches } from './trigger-order.ts'
import { TriggerTable } from './trigger-table.ts'

const table = (...patterns: string[]): TriggerTable<string> =>
  new TriggerTable(patterns.map((pattern, i) => ({ trigger: trigger.parse({ name: `t${i}`, pattern }), to: pattern })))
const found = (of: TriggerTable<string>, host: string, target: string, secure = true): string | undefined =>
  of.find(host, target, secure)?.to

test('the most specific host counts first, then the longest path', () => {
  const all = table(
    '*/*',
    '*.example.com/*',
    '*example.com/mqtt*',
    '*.a.example.com/*',
    'www.example.com/*',
    'www.example.com/mqtt*',
    'www.example.com/mqtt/public',
    'http://www.example.com/mqtt*'
  )
  expect(found(all, 'www.example.com', '/mqtt/public?x=1')).toBe('www.example.com/mqtt/public')
  expect(found(all, 'www.example.com', '/mqtt/public/x')).toBe('www.example.com/mqtt*')
  expect(found(all, 'www.example.com', '/mqttx', false)).toBe('http://www.example.com/mqtt*')
  expect(found(all, 'www.example.com', '/')).toBe('www.example.com/*')
  expect(found(all, 'x.example.com', '/')).toBe('*.example.com/*')
  expect(found(all, 'x.a.example.com', '/')).toBe('*.a.example.com/*')
  expect(found(all, 'example.com', '/mqtt')).toBe('*example.com/mqtt*')
  expect(found(all, 'example.com', '/')).toBe('*/*')
  expect(found(all, 'notexample.com', '/')).toBe('*/*')
  expect(found(all, '', '/')).toBe('*/*')
})

test('a pattern without a path is the root alone, and one without a wildcard the whole path', () => {
  const all = table('a.example', 'a.example/x')
  expect(['/', '/?q', '/x', '/x/', '/xy', '/X'].map(target => found(all, 'a.example', target))).toEqual([
    'a.example',
    'a.example',
    'a.example/x',
    undefined,
    undefined,
    undefined
  ])
})

test('no other spelling of a path goes past a trigger', () => {
  const all = table('a.example/mqtt*')
  for (const target of ['/mqtt', '/%6dqtt', '/%6Dq%74t', '/x/../mqtt', '/x/%2e%2e/mqtt', '/./mqtt?x=/../..'])
    expect(found(all, 'a.example', target)).toBe('a.example/mqtt*')
})

// Against the definition, one row after the other.
test('what is found is the best of all that match', () => {
  const hosts = ['a.b.c', 'b.c', '*.b.c', '*b.c', '*.c', '*']
  const paths = ['', '/', '/*', '/a', '/a*', '/a/b', '/a/b*']
  const patterns = hosts.flatMap(host => paths.filter(path => path !== '/').map(path => `${host}${path}`))
  const hostRank = (pattern: string): number => {
    const host = pattern.split('/', 1)[0]!
    return host === '*'
      ? 0
      : host.replace(/^\*\.?/, '').length * 4 + (host.startsWith('*.') ? 2 : host.startsWith('*') ? 1 : 1000)
  }
  const matches = (pattern: string, host: string, path: string): boolean => {
    const [name = ''] = pattern.split('/', 1)
    const wanted = pattern.slice(name.length) || '/'
    const fits = name === '*' ||
      (name.startsWith('*.')
        ? host.endsWith(name.slice(1))
        : name.startsWith('*')
        ? host === name.slice(1) || host.endsWith(`.${name.slice(1)}`)
        : host === name)
    return fits && (wanted.endsWith('*') ? path.startsWith(wanted.slice(0, -1)) : path === wanted)
  }
  const pathRank = (pattern: string): number => {
    const path = pattern.slice(pattern.split('/', 1)[0]!.length) || '/'
    return path.endsWith('*') ? (path.length - 1) * 2 : path.length * 2 + 1
  }
  fc.assert(
    fc.property(
      fc.subarray(patterns),
      fc.constantFrom('a.b.c', 'b.c', 'x.b.c', 'x.a.b.c', 'c', 'xb.c', ''),
      fc.constantFrom('/', '/a', '/a/b', '/ab', '/a/b/c'),
      (some, host, path) => {
        const best =
          some.filter(each => matches(each, host, path)).sort((a, b) =>
            hostRank(b) - hostRank(a) || pathRank(b) - pathRank(a)
          )[0]
        expect(found(table(...some), host, path)).toBe(best)
        // The order that people are shown is that of the table.
        const ordered = inOrderOfDecision(some.map(pattern => trigger.parse({ name: 't', pattern })))
        expect(ordered.find(each => triggerMatches(each, host, path, true))?.pattern).toBe(best)
      }
    )
  )
})
