import { isField, isFieldOfMap, statFields, type Field, type FieldTable } from '@weirlb/core'
import type { Family, Sample } from './family.ts'

type Numbers = { readonly [name: string]: number | Numbers }
/** A family with the way to its numbers in the statistics of one entity. */
interface Source {
  readonly family: Family
  /** From base units of the statistics to those of the family. */
  readonly factor: number
  /** 0 is no number: a time that is none. */
  readonly zeroIsNone: boolean
  /** Names of the fields on the way; between two of them lies a map by the next label. */
  readonly path: readonly string[]
}

/** `userVservers` → `user_vserver`. */
const singular = (collection: string): string => snake(collection).replace(/s$/, '')
const snake = (name: string): string => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

/** Units stand last, before `_total` (Prometheus, "Metric and label naming"). */
const units: Readonly<Record<Field['unit'], { readonly suffix: string, readonly factor: number, readonly word: string }>> = {
  count: { suffix: '', factor: 1, word: '' },
  bytes: { suffix: '_bytes', factor: 1, word: 'bytes' },
  ms: { suffix: '_seconds', factor: 0.001, word: 'ms' },
  time: { suffix: '_timestamp_seconds', factor: 0.001, word: '' }
}

/** `weir_`, the entity, the field without its unit, the unit, `_total` of a counter. */
const nameOf = (prefix: string, field: string, { kind, unit }: Field): string => {
  const { suffix, word } = units[unit]
  const words = snake(field).split('_').filter(part => part !== '' && part !== word)
  return [prefix, ...words].join('_') + suffix + (kind === 'counter' ? '_total' : '')
}

/** Labels of the maps, and the name of the family where the map's own is none. */
const maps: Readonly<Record<string, { readonly label: string, readonly name: string }>> = {
  closed: { label: 'reason', name: 'closed' },
  requests: { label: 'outcome', name: 'requests' },
  protocols: { label: 'protocol', name: 'protocol_clients' },
  pools: { label: 'pool', name: 'pool_picks' },
  versions: { label: 'version', name: 'version' },
  counters: { label: 'counter', name: 'events' }
}

/** Fields whose own name says too little behind that of their entity. */
const renamed: Readonly<Record<string, string>> = { up: 'workers_up', down: 'workers_down' }

const source = (prefix: string, labels: readonly string[], path: readonly string[], name: string, field: Field, help = field.doc): Source => ({
  family: { name: nameOf(prefix, name, field), type: field.kind === 'counter' ? 'counter' : 'gauge', help, labels },
  factor: units[field.unit].factor,
  zeroIsNone: field.unit === 'time',
  path
})

const sourcesOf = (table: FieldTable, prefix: string, labels: readonly string[], path: readonly string[] = []): Source[] =>
  Object.entries(table).flatMap(([field, entry]) => {
    if (isField(entry)) return [source(prefix, labels, [...path, field], renamed[field] ?? field, entry)]
    const { label = field, name = field } = maps[field] ?? {}
    const within = [...labels, label]
    if (isFieldOfMap(entry.each)) return [source(prefix, within, [...path, field], name, entry.each, entry.doc)]
    return sourcesOf(entry.each, `${prefix}_${name}`, within, [...path, field])
  })

const sources = Object.entries(statFields).map(([collection, table]) => {
  const entity = singular(collection)
  return [collection, sourcesOf(table, `weir_${entity}`, [entity])] as const
})

/** The families of the table of statistics. */
export const tableFamilies: readonly Family[] = sources.flatMap(([, all]) => all.map(({ family }) => family))

/** Every number of the statistics, by family. */
export function * tableSamples (stats: object): Generator<readonly [family: Family, samples: readonly Sample[]]> {
  for (const [collection, all] of sources) {
    const entities = Object.entries((stats as Readonly<Record<string, Readonly<Record<string, Numbers>>>>)[collection] ?? {})
    for (const one of all) yield [one.family, entities.flatMap(([name, numbers]) => [...samplesOf(one, numbers, one.path, [name])])]
  }
}

function * samplesOf (one: Source, value: Numbers | number | undefined, path: readonly string[], labels: readonly string[]): Generator<Sample> {
  if (value === undefined) return
  if (typeof value === 'number') {
    if (!one.zeroIsNone || value !== 0) yield { labels, value: value * one.factor }
    return
  }
  const [field, ...rest] = path
  if (field !== undefined) {
    const next = value[field]
    // A map lies here: its names are the values of the next label.
    if (typeof next === 'object') for (const [name, entry] of Object.entries(next)) yield * samplesOf(one, entry, rest, [...labels, name])
    else yield * samplesOf(one, next, rest, labels)
  }
}
