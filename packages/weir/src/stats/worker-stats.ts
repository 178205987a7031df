import type { EngineStats } from '@weirlb/engine'
import { recordFrom } from '@weirlb/model'

type Numbers = { [key: string]: number | Numbers }

/** Leaves that say how things are now rather than what happened. */
const gauges: ReadonlySet<string> = new Set(['connections', 'up', 'down', 'heapBytes', 'heldBytes', 'strikes', 'downUntil'])

/**
 * What remains of the statistics of a worker that is gone: what it counted, nothing that it held. Gauges stand beside the counters of an
 * entity, and in its versions; other names below an entity are the extension's own.
 */
export const withoutGauges = (stats: EngineStats): EngineStats => {
  const collections = stats as unknown as Record<string, Record<string, Numbers>>
  return mapValues(collections, entities => mapValues(entities, stripEntity)) as unknown as EngineStats
}

const stripEntity = (entity: Numbers): Numbers => {
  const { versions } = entity
  return { ...strip(entity), ...(typeof versions === 'object' ? { versions: mapValues(versions as Record<string, Numbers>, strip) } : {}) }
}

const strip = (numbers: Numbers): Numbers => recordFrom(Object.entries(numbers).map(([name, value]) => [name, typeof value === 'number' && gauges.has(name) ? 0 : value]))

const mapValues = <T, U>(record: Record<string, T>, map: (value: T) => U): Record<string, U> =>
  recordFrom(Object.entries(record).map(([name, value]) => [name, map(value)]))

/** Entities by collection, as a configuration has them. */
type Entities = Readonly<Record<keyof EngineStats, readonly { readonly name: string }[]>>

/** Only what is about entities that exist: a worker that is gone may have counted for others. */
export const statsOf = (stats: EngineStats, existing: Entities): EngineStats => {
  const keep = <T>(kind: keyof EngineStats, part: Record<string, T>): Record<string, T> => {
    const names = new Set(existing[kind].map(entity => entity.name))
    return recordFrom(Object.entries(part).filter(([name]) => names.has(name)))
  }
  return {
    userVservers: keep('userVservers', stats.userVservers),
    lbVservers: keep('lbVservers', stats.lbVservers),
    services: keep('services', stats.services),
    extensions: keep('extensions', stats.extensions)
  }
}
