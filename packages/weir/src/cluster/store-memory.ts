import type { LeveledLog } from '../log.ts'
import type { SharedStore } from './shared-store.ts'
import type { StoreLine } from './store-line.ts'

/** From this part of its memory on, the store is nearly full. */
const NEARLY_FULL = 0.9
/** Below this one it is so no more. */
const CALM = 0.85

/** How full the store is: one whose memory is full takes nothing, and counts as away. */
export class StoreMemory {
  readonly #store: SharedStore
  readonly #line: StoreLine
  readonly #log: LeveledLog
  #warned = false
  /** The log has warned, and the store has not had memory again since; undefined: there is no limit. */
  get nearlyFull (): boolean | undefined { return this.used === undefined ? undefined : this.#warned }
  /** Part of the memory limit that is used, as of the last look; undefined: there is no limit. */
  used: number | undefined

  constructor (store: SharedStore, line: StoreLine, log: LeveledLog) {
    this.#store = store
    this.#line = line
    this.#log = log
  }

  async look (): Promise<void> {
    const store = this.#store
    if (store.memoryUsed === undefined) return
    // One that may not be asked is no reason to go on without it.
    this.used = await this.#line.call(async () => await store.memoryUsed!().catch(() => undefined))
    const used = this.used ?? 0
    if (used >= NEARLY_FULL && !this.#warned) {
      this.#warned = true
      this.#log.warn(
        { store: store.place, usedPercent: Math.round(used * 100) },
        'the memory of the shared store is nearly full: a full one takes nothing, and counts as away; raise its maxmemory'
      )
    } else if (used < CALM && this.#warned) {
      this.#warned = false
      this.#log.info({ store: store.place, usedPercent: Math.round(used * 100) }, 'the shared store has memory again')
    }
  }
}
