import { emptyRecord, lookUp } from '@weirlb/model'
import {
  isField,
  isFieldOfMap,
  isHistogram,
  statFields,
  type Field,
  type FieldKind,
  type FieldTable,
  type NumberTable
} from './fields.ts'
import { mergeHistograms, type Histogram } from './histogram.ts'
import type { EngineStats, ExtensionStats } from './stats.ts'

type Numbers = { [name: string]: number | Histogram | Numbers }
type Collections = Record<string, Record<string, Numbers>>

const largest: ReadonlySet<FieldKind> = new Set(['peak', 'level'])
const passing: ReadonlySet<FieldKind> = new Set(['gauge', 'level'])

const together = ({ kind }: Field, before: number, value: number): number =>
  largest.has(kind) ? Math.max(before, value) : before + value

/** The record of a table that several records make together. */
const merge = (table: FieldTable, parts: readonly Numbers[]): Numbers => {
  const total: Numbers = {}
  for (const [name, entry] of Object.entries(table)) {
    if (isField(entry)) {
      let sum = 0
      for (const part of parts) sum = together(entry, sum, part[name] as number | undefined ?? 0)
      total[name] = sum
    } else if (isHistogram(entry))
      total[name] = mergeHistograms(
        entry.bounds,
        parts.map(part => part[name] as Histogram | undefined)
      )
    else total[name] = mergeMaps(
        entry.each,
        parts.flatMap(part => typeof part[name] === 'object' ? [part[name] as Numbers] : [])
      )
  }
  return total
}

const mergeMaps = (each: Field | FieldTable, maps: readonly Numbers[]): Numbers => {
  const total: Numbers = emptyRecord()
  for (const map of maps) {
    for (const [name, value] of Object.entries(map)) {
      const before = lookUp(total, name)
      if (isFieldOfMap(each)) total[name] = together(each, before as number | undefined ?? 0, value as number)
      else total[name] = merge(each, before === undefined ? [value as Numbers] : [before as Numbers, value as Numbers])
    }
  }
  return total
}

const byCollection = (make: (collection: string, table: FieldTable) => Record<string, Numbers>): EngineStats =>
  Object.fromEntries(
    Object.entries(statFields).map(([collection, table]) => [collection, make(collection, table)])
  ) as unknown as EngineStats

/** Add up the statistics of several processes; of peaks and levels the largest is kept. The parts are not changed. */
export const mergeStats = (parts: readonly EngineStats[]): EngineStats => byCollection((collection, table) => {
  const maps = parts.map(part => (part as unknown as Collections)[collection]!)
  return mergeMaps(table, maps) as Record<string, Numbers>
})

/** The same for one extension. */
export const mergeExtensionStats = (parts: readonly ExtensionStats[]): ExtensionStats =>
  merge(statFields.extensions, parts as unknown as readonly Numbers[]) as unknown as ExtensionStats

/** Returns the lasting part of a dead process's statistics: its counters, but no gauges. */
export const whatStays = (stats: EngineStats): EngineStats =>
  byCollection((collection, table) => {
    const left: Record<string, Numbers> = emptyRecord()
    for (const [name, numbers] of Object.entries((stats as unknown as Collections)[collection]!))
      left[name] = stay(table, numbers)
    return left
  })

const stay = (table: FieldTable, numbers: Numbers): Numbers => {
  const left: Numbers = {}
  for (const [name, entry] of Object.entries(table)) {
    const value = numbers[name]
    if (value === undefined) continue
    if (isField(entry)) left[name] = passing.has(entry.kind) ? 0 : value
    else left[name] = isHistogram(entry) || isFieldOfMap(entry.each) ? value : mapRecord(value as Numbers, entry.each)
  }
  return left
}

const mapRecord = (map: Numbers, table: NumberTable): Numbers => {
  const left: Numbers = emptyRecord()
  for (const [name, numbers] of Object.entries(map)) left[name] = stay(table, numbers as Numbers)
  return left
}
