import type { CollectionName, Config } from '@weirlb/model'

/**
 * Collections whose entities change their status by themselves, or with others. Those of certkeys and monitors tell
 * their own times.
 */
export const datedCollections = [
  'extensions',
  'userProtocols',
  'services',
  'serviceGroups',
  'lbVservers',
  'glbs',
  'userVservers'
] as const satisfies readonly CollectionName[]

/** Changes within this time are looked at together, in milliseconds: each look goes through every entity. */
const TOGETHER_MS = 250

interface Known { readonly value: string, readonly since: number }

/**
 * Knows since when entities have their status. A status is derived when somebody asks, so that nobody notices its
 * change: whatever may change one calls `changed`, and all are looked at then. Also a status that is asked for
 * meanwhile is noticed. Times are in milliseconds since 1970, and begin with this process.
 */
export class StatusClock {
  readonly #look: () => Promise<void>
  readonly #known = new Map<CollectionName, Map<string, Known>>(
    datedCollections.map(collection => [collection, new Map()])
  )
  #timer: NodeJS.Timeout | undefined
  /** Time of the last change that may have changed a status. */
  #changedAt = 0
  /** Looks under way: a status that is found new meanwhile has come with the last change. */
  #looks = 0

  /**
   * `look`: passes the status of every entity of the dated collections to `since`. A rejection is no fault: the next
   * change looks again.
   */
  constructor (look: () => Promise<void>) { this.#look = look }

  /** Statuses may have changed. */
  readonly changed = (): void => {
    this.#changedAt = Date.now()
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#looks++
      void this.#look().catch(() => {}).then(() => { this.#looks-- })
    }, TOGETHER_MS).unref()
  }

  /** Returns since when an entity has this status; undefined for collections without a clock. */
  since (collection: CollectionName, name: string, value: string): number | undefined {
    const names = this.#known.get(collection)
    if (names === undefined) return undefined
    const known = names.get(name)
    if (known?.value === value) return known.since
    const since = this.#looks > 0 ? this.#changedAt : Date.now()
    names.set(name, { value, since })
    return since
  }

  /** Forget entities that are no more. */
  committed (config: Config): void {
    for (const [collection, known] of this.#known) {
      if (known.size === 0) continue
      const names = new Set(config[collection].map(({ name }) => name))
      for (const name of known.keys()) if (!names.has(name)) known.delete(name)
    }
    this.changed()
  }

  stop (): void { clearTimeout(this.#timer) }
}
