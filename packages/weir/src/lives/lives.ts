import { closeReasons, describeValue, endpointForms, parseEndpoint, WeirError } from '@weirlb/model'
import type { Log } from '@weirlb/engine'
import { isMeant, type Life, type LifeFilter } from './life.ts'

/** What a watcher of connections is told; `dropped`: so many more, because there were too many. */
export type LifeEvent = Life | { readonly type: 'dropped', readonly count: number }
/** Called with each of them. */
export type LifeListener = (event: LifeEvent) => void

/** Watchers at a time; each costs at every end. */
const MAX_WATCHERS = 100

/** Who looks at connections that begin and end. While there is nobody, workers report none. */
export class Lives {
  readonly #watch: (filters: readonly LifeFilter[]) => void
  readonly #log: Log
  readonly #watchers = new Set<{ readonly filter: LifeFilter, readonly listener: LifeListener }>()

  /** `watch` makes the workers report what these filters are about. */
  constructor (watch: (filters: readonly LifeFilter[]) => void, log: Log) {
    this.#watch = watch
    this.#log = log
  }

  /**
   * Add a watcher; the returned function removes it. Throws query-invalid for a filter that matches nothing, and
   * worker-unavailable for one watcher too many.
   */
  on (filter: LifeFilter, listener: LifeListener): () => void {
    check(filter)
    if (this.#watchers.size >= MAX_WATCHERS)
      throw new WeirError('worker-unavailable', `${MAX_WATCHERS} programs watch connections already`, { retry: true })
    const watcher = { filter, listener }
    this.#watchers.add(watcher)
    this.#tellWorkers()
    return () => { if (this.#watchers.delete(watcher)) this.#tellWorkers() }
  }

  onLives (lives: readonly Life[], dropped: number): void {
    for (const watcher of [...this.#watchers]) {
      for (const life of lives) if (isMeant(watcher.filter, life)) this.#tell(watcher.listener, life)
      if (dropped > 0) this.#tell(watcher.listener, { type: 'dropped', count: dropped })
    }
  }

  #tell (listener: LifeListener, event: LifeEvent): void {
    try {
      listener(event)
    } catch (error) {
      this.#log.error({ error: (error as Error).message }, 'a watcher of connections threw')
    }
  }

  #tellWorkers (): void { this.#watch([...this.#watchers].map(({ filter }) => filter)) }
}

const check = ({ client, reason }: LifeFilter): void => {
  if (client !== undefined && parseEndpoint(client) === undefined)
    throw invalid('client', `expected ${endpointForms}; got ${describeValue(client)}`)
  if (reason !== undefined && !Object.hasOwn(closeReasons, reason))
    throw invalid(
      'reason',
      `no close reason ${describeValue(reason)}; there are: ${Object.keys(closeReasons).join(', ')}`
    )
}

const invalid = (path: string, message: string): WeirError =>
  new WeirError('query-invalid', `${path}: ${message}`, { issues: [{ path, message }] })
