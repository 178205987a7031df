import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diffCollection } from './diff.ts'
import { equal } from './equal.ts'
import { fieldDifferences } from './field-differences.ts'
import { parseConfig } from './parse-config.ts'
import { diffConfig, summarize } from './revision.ts'

const service = (name: string, port: number) => ({ name, address: 'h', port })

test('added, changed and removed entities are told apart, whatever their order', () => {
  const before = parseConfig({ services: [service('a', 1), service('b', 2), service('c', 3)] })
  const after = parseConfig({ services: [service('c', 3), service('b', 9), service('d', 4)] })
  const { added, changed, removed } = diffCollection(before.services, after.services)
  expect(added.map(s => s.name)).toEqual(['d'])
  expect(changed.map(c => [c.before.port, c.after.port])).toEqual([[2, 9]])
  expect(removed.map(s => s.name)).toEqual(['a'])
  expect(diffCollection(before.services, parseConfig(before).services)).toEqual({ added: [], changed: [], removed: [] })
})

test('a nested field counts, the order of fields and an undefined one do not', () => {
  expect(equal({ a: [{ b: 1, c: undefined }] }, { a: [{ b: 1 }] })).toBe(true)
  expect(equal({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true)
  expect(equal({ a: [{ b: 1 }] }, { a: [{ b: 2 }] })).toBe(false)
  expect(equal([1], { 0: 1 })).toBe(false)
  expect(equal([1, 2], [1])).toBe(false)
})

test('equality agrees with canonical JSON', () => {
  fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
    expect(equal(a, structuredClone(a))).toBe(true)
    if (equal(a, b)) expect(sorted(a)).toBe(sorted(b))
  }))
})
const sorted = (value: unknown): string =>
  JSON.stringify(
    value,
    (_, v: unknown) =>
      typeof v === 'object' && v !== null && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).sort()) : v
  )

test('applying a diff to the old list gives the new one', () => {
  const list = fc.uniqueArray(fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), value: fc.nat(3) }), {
    selector: e => e.name
  })
  fc.assert(fc.property(list, list, (before, after) => {
    const { added, changed, removed } = diffCollection(before, after)
    const result = new Map(before.map(e => [e.name, e]))
    for (const e of removed) result.delete(e.name)
    for (const e of [...added, ...changed.map(c => c.after)]) result.set(e.name, e)
    expect(result).toEqual(new Map(after.map(e => [e.name, e])))
  }))
})

test.each(['toString', 'constructor', 'valueOf', 'hasOwnProperty'])(
  'a parameter called %s is one like any other',
  name => {
    const config = (params: Readonly<Record<string, string>>) =>
      parseConfig({
        lbVservers: [{ name: 'lb' }],
        userVservers: [{ name: 'v', protocol: 'p', port: 1, defaultLb: 'lb', params }],
        monitors: [{ name: 'm', type: 'http', headers: params }]
      })
    const [without, having] = [config({}), config({ [name]: 'x' })]
    expect(diffConfig(without, having).map(({ fields }) => fields)).toEqual([
      [{ path: `headers.${name}`, after: 'x' }],
      [{ path: `params.${name}`, after: 'x' }]
    ])
    expect(diffConfig(having, without).map(({ fields }) => fields)).toEqual([
      [{ path: `headers.${name}`, before: 'x' }],
      [{ path: `params.${name}`, before: 'x' }]
    ])
    expect(summarize(without, having)).toMatchObject({ added: 0, changed: 2, removed: 0 })
  }
)

test('an object that is new, gone or in place of another value is compared field by field, and its secrets are not shown', () => {
  const having = {
    name: 'c',
    acme: { directory: 'd', externalAccountBinding: { keyId: 'k', hmacKey: 'secret' } },
    empty: {}
  }
  const fields = (before: object, after: object) => fieldDifferences('certkeys', before as Fields, after as Fields)
  const added = [
    { path: 'acme.directory', before: undefined, after: 'd' },
    { path: 'acme.externalAccountBinding.keyId', before: undefined, after: 'k' },
    { path: 'acme.externalAccountBinding.hmacKey', secret: true },
    { path: 'empty', before: undefined, after: {} }
  ]
  expect(fields({ name: 'c' }, having)).toEqual(added)
  expect(fields(having, { name: 'c' })).toMatchObject([{ before: 'd', after: undefined }, { before: 'k' }, { secret: true }, { before: {} }])
  expect(fields({ ...having, acme: 'none' }, having)).toEqual([{ path: 'acme', before: 'none', after: undefined }, ...added.slice(0, 3)])
  expect(fields({ list: [1, 2] }, { list: [1] })).toEqual([{ path: 'list', before: [1, 2], after: [1] }])
})
type Fields = Readonly<Record<string, unknown>>
