import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { equal } from './equal.ts'
import { emptyRecord, lookUp, recordFrom } from './record.ts'

/** Names that objects have from their language, and some that they have not. */
const names = fc.constantFrom(...Object.getOwnPropertyNames(Object.prototype), 'prototype', 'length', 'a', 'b')
const entries = fc.array(fc.tuple(names, fc.oneof(fc.nat(3), fc.constant(undefined))), { maxLength: 5 })

test('records have what was put there, and nothing else', () => {
  fc.assert(fc.property(entries, names, (given, name) => {
    const map = new Map(given)
    const record = recordFrom(map)
    const copied = JSON.parse(JSON.stringify(record)) as Record<string, number | undefined>
    expect([Object.keys(record), record[name], lookUp(record, name), lookUp(copied, name)]).toEqual([
      [...map.keys()],
      map.get(name),
      map.get(name),
      map.get(name)
    ])
    const grown = emptyRecord<number>()
    grown[name] = 1
    expect(JSON.stringify(grown)).toBe(`{"${name}":1}`)
  }))
})

test('values are equal when their JSON is, whatever the names', () => {
  const json = (map: ReadonlyMap<string, unknown>): string =>
    JSON.stringify([...map].filter(([, value]) => value !== undefined).toSorted(([a], [b]) => a < b ? -1 : 1))
  fc.assert(fc.property(entries, entries, fc.boolean(), (a, b, plain) => {
    const [x, y] = [new Map(a), new Map(b)]
    const make = (map: ReadonlyMap<string, number | undefined>): object =>
      plain ? Object.fromEntries(map) : recordFrom(map)
    expect(equal({ params: make(x) }, { params: make(y) })).toBe(json(x) === json(y))
  }))
})
