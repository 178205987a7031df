import type { EngineStats } from '@weir/engine'

type Numbers = { [key: string]: number | Numbers }

/** Leaves that say how things are now rather than what happened. */
const gauges: ReadonlySet<string> = new Set(['connections', 'up', 'down', 'heapBytes'])

/** What remains of the statistics of a worker that is gone: what it counted, nothing that it held. */
export const withoutGauges = (stats: EngineStats): EngineStats => {
  // Gauges stand beside the counters of an entity: collection (0), entity (1), leaf (2). Deeper names are the extension's own.
  const strip = (numbers: Numbers, depth: number): Numbers => Object.fromEntries(Object.entries(numbers).map(([name, value]) =>
    [name, typeof value !== 'number' ? strip(value, depth + 1) : depth === 2 && gauges.has(name) ? 0 : value]))
  return strip(stats as unknown as Numbers, 0) as unknown as EngineStats
}

/** Only what is about entities that exist: a worker that is gone may have counted for others. */
export const statsOf = (stats: EngineStats, exists: (kind: keyof EngineStats, name: string) => boolean): EngineStats => {
  const keep = <T>(kind: keyof EngineStats, part: Record<string, T>): Record<string, T> => Object.fromEntries(Object.entries(part).filter(([name]) => exists(kind, name)))
  return {
    userVservers: keep('userVservers', stats.userVservers),
    lbVservers: keep('lbVservers', stats.lbVservers),
    services: keep('services', stats.services),
    extensions: keep('extensions', stats.extensions)
  }
}

export const emptyStats = (): EngineStats => ({ userVservers: {}, lbVservers: {}, services: {}, extensions: {} })
