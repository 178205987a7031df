import type { CounterLevel } from '@weirlb/engine'
import type { CountersOptions, LimitCounter, RateLimits } from '../api/collections.ts'
import { required } from '../config/entities.ts'
import type { DataPlane } from '../data-plane.ts'
import type { Ground } from './entity-collection.ts'
import { SwitchableCollection } from './switchable-collection.ts'

/** Rate limits, and what their counters are at. */
export class RateLimitCollection extends SwitchableCollection<'rateLimits'> implements RateLimits {
  readonly #plane: Pick<DataPlane, 'limitCounters'>

  constructor (plane: Pick<DataPlane, 'limitCounters'>, ground: Ground) {
    super('rateLimits', ground)
    this.#plane = plane
  }

  async counters (name: string, { most = 100 }: CountersOptions = {}): Promise<readonly LimitCounter[]> {
    this.editor.requireOpen()
    const { limit } = required(this.editor.config, 'rateLimits', name)
    const merged = new Map<string, CounterLevel>()
    // A worker has heard of what the others have counted: the fullest counter of a key has most of it.
    for (const level of (await this.#plane.limitCounters({ limit: name, most })).flat()) {
      const known = merged.get(level.key)
      merged.set(
        level.key,
        known === undefined
          ? level
          : {
            key: level.key,
            counted: Math.max(known.counted, level.counted),
            actsForMs: Math.max(known.actsForMs, level.actsForMs)
          }
      )
    }
    return [...merged.values()].sort((a, b) => b.counted - a.counted).slice(0, most)
      .map(({ key, counted, actsForMs }) => ({ key, counted, limit, actsForSeconds: Math.ceil(actsForMs / 1000) }))
  }
}
