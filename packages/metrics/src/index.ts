import type { Weir } from '@weirlb/core'
import { exposition, type Exposition, type Format } from './exposition.ts'
import type { Family } from './family.ts'
import { stateFamilies, stateSamples } from './state-families.ts'
import { tableFamilies, tableSamples } from './table-families.ts'

export type { Exposition, Format } from './exposition.ts'
export type { Family } from './family.ts'

/** Every metric family, in the order of the document. */
export const families: readonly Family[] = [...stateFamilies, ...tableFamilies]

/**
 * Returns the figures of a running Weir as Prometheus (text format 0.0.4) or OpenMetrics 1.0 reads them. Counters are
 * exact over workers and their restarts. No label has an address or a session key. Rejects with worker-unavailable when
 * a worker does not answer.
 */
export const metricsOf = async (weir: Weir, format: Format = 'prometheus'): Promise<Exposition> => {
  const whole = await weir.overview()
  return await exposition([...stateSamples(whole), ...tableSamples(whole.stats)], format)
}
