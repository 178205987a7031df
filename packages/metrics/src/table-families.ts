import {
  isField,
  isFieldOfMap,
  isHistogram,
  statFields,
  type Field,
  type FieldTable,
  type HistogramField
} from '@weirlb/core'
import type { Family, Observations, Sample } from './family.ts'

type Numbers = { readonly [name: string]: number | Observations | Numbers }
/** A family with the way to its numbers in the statistics of one entity. */
interface Source {
  readonly family: Family
  /**
   * So many units of the statistics are one of the family. A division is exact where its result is a short decimal, as
   * the bounds of buckets.
   */
  readonly divisor: number
  /** 0 is no number: a time that is none. */
  readonly zeroIsNone: boolean
  /** Names of the fields on the way; between two of them lies a map by the next label. */
  readonly path: readonly string[]
}

/** `userVservers` → `user_vserver`. */
const singular = (collection: string): string => snake(collection).replace(/s$/, '')
const snake = (name: string): string => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

/** Units stand last, before `_total` (Prometheus, "Metric and label naming"). */
const units: Readonly<
  Record<Field['unit'], { readonly suffix: string, readonly divisor: number, readonly word: string }>
> = {
  count: { suffix: '', divisor: 1, word: '' },
  bytes: { suffix: '_bytes', divisor: 1, word: 'bytes' },
  ms: { suffix: '_seconds', divisor: 1000, word: 'ms' },
  time: { suffix: '_timestamp_seconds', divisor: 1000, word: '' }
}

/** `weir_`, the entity, the field without its unit, the unit, `_total` of a counter. */
const nameOf = (prefix: string, field: string, { kind, unit }: Field | HistogramField): string => {
  const { suffix, word } = units[unit]
  const words = snake(field).split('_').filter(part => part !== '' && part !== word)
  return [prefix, ...words].join('_') + suffix + (kind === 'counter' ? '_total' : '')
}

/** Labels of the maps, and the name of the family where the map's own is none. */
const maps: Readonly<Record<string, { readonly label: string, readonly name: string }>> = {
  closed: { label: 'reason', name: 'closed' },
  requests: { label: 'outcome', name: 'requests' },
  protocols: { label: 'protocol', name: 'protocol_clients' },
  floods: { label: 'control', name: 'flood_acts' },
  pools: { label: 'pool', name: 'pool_picks' },
  failures: { label: 'failure', name: 'failures' },
  versions: { label: 'version', name: 'version' },
  functions: { label: 'function', name: 'function' },
  counters: { label: 'counter', name: 'events' },
  actions: { label: 'action', name: 'actions' }
}

/** Fields whose own name says too little behind that of their entity. */
const renamed: Readonly<Record<string, string>> = { up: 'workers_up', down: 'workers_down' }

const source = (
  prefix: string,
  labels: readonly string[],
  path: readonly string[],
  name: string,
  field: Field | HistogramField,
  help = field.doc
): Source => ({
  family: {
    name: nameOf(prefix, name, field),
    type: typeOf(field),
    help,
    labels,
    bounds: isHistogram(field) ? field.bounds.map(bound => bound / units[field.unit].divisor) : undefined
  },
  divisor: units[field.unit].divisor,
  zeroIsNone: field.unit === 'time',
  path
})

const typeOf = ({ kind }: Field | HistogramField): Family['type'] =>
  kind === 'counter' || kind === 'histogram' ? kind : 'gauge'

const sourcesOf = (
  table: FieldTable,
  prefix: string,
  labels: readonly string[],
  path: readonly string[] = []
): Source[] =>
  Object.entries(table).flatMap(([field, entry]) => {
    if (isField(entry) || isHistogram(entry))
      return [source(prefix, labels, [...path, field], renamed[field] ?? field, entry)]
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
    const entities = Object.entries(
      (stats as Readonly<Record<string, Readonly<Record<string, Numbers>>>>)[collection] ?? {}
    )
    for (const one of all)
      yield [one.family, entities.flatMap(([name, numbers]) => [...samplesOf(one, numbers, one.path, [name])])]
  }
}

function* samplesOf (
  one: Source,
  value: Numbers | Observations | number | undefined,
  path: readonly string[],
  labels: readonly string[]
): Generator<Sample> {
  if (value === undefined) return
  if (typeof value === 'number') {
    if (!one.zeroIsNone || value !== 0) yield { labels, value: value / one.divisor }
    return
  }
  if (path.length === 0) {
    const { counts, sum } = value as Observations
    yield { labels, value: { counts, sum: sum / one.divisor } }
    return
  }
  const [field, ...rest] = path
  const next = (value as Numbers)[field!]
  // A map lies here: its names are the values of the next label.
  if (typeof next === 'object' && !(rest.length === 0 && one.family.bounds !== undefined)) for (const [name, entry] of Object.entries(next as Numbers)) yield * samplesOf(one, entry, rest, [...labels, name])
  else yield * samplesOf(one, next, rest, labels)
}
