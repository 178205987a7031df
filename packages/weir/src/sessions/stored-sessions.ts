import {
  keyToText,
  type Claim,
  type ClaimSink,
  type FindSink,
  type SessionDirectory,
  type SessionEntry,
  type Pinning
} from '@weirlb/engine'
import type { SessionQuery, WantedSession } from '../data-plane.ts'
import type { LeveledLog } from '../log.ts'
import { WeirError } from '@weirlb/model'
import { SETTER, storedQuery } from './session-book.ts'
import type { SessionStore } from './session-store.ts'
import type { Sessions } from './sessions.ts'
import { tableText } from './wanted-session.ts'

/** How long a client waits for a store. */
const ANSWER_MS = 5000
const DEFAULT_TTL_MS = 120_000

/**
 * Sessions in an embedding program's store, isolated from the clients: if the store fails, the balancing method
 * decides.
 */
export class StoredSessions implements Sessions {
  readonly own = undefined
  readonly #store: SessionStore
  readonly #log: LeveledLog
  readonly #answerMs: number
  #ttls: ReadonlyMap<string, number> = new Map()

  constructor (store: SessionStore, log: LeveledLog, answerMs = ANSWER_MS) {
    this.#store = store
    this.#log = log
    this.#answerMs = answerMs
  }

  directory (holder: number): SessionDirectory {
    const store = this.#store
    return {
      claim: (claim: Claim, sink: ClaimSink) => {
        this.#ask(
          'claim',
          () => store.claim(claim, holder),
          { service: claim.proposal, hit: false },
          ({ service, hit }) => sink.onClaimed(service, hit),
          value => whyNoClaim(value, claim)
        )
      },
      find: (lbVserver: string, key: string, sink: FindSink) => {
        this.#ask('find', () => store.find(lbVserver, key), undefined, service => sink.onFound(service), whyNoService)
      },
      pin: (lbVserver, key, service) => { this.#tell('pin', () => store.pin(lbVserver, key, service, holder)) },
      release: (lbVserver, key, ttlMs) => { this.#tell('release', () => store.release(lbVserver, key, ttlMs, holder)) }
    }
  }

  configure (tables: readonly Pinning[]): void {
    const pinning = new Map(tables.map(lb => [lb.name, new Set(lb.services.map(bound => bound.name))]))
    this.#ttls = new Map(tables.map(lb => [lb.name, lb.persistence.timeoutSeconds * 1000]))
    this.#tell(
      'retain',
      () => this.#store.retain((lbVserver, service) => pinning.get(lbVserver)?.has(service) === true)
    )
  }

  releaseAll (holder: number): void {
    this.#tell(
      'releaseAll',
      () => this.#store.releaseAll(holder, lbVserver => this.#ttls.get(lbVserver) ?? DEFAULT_TTL_MS)
    )
  }
  async list (query: SessionQuery): Promise<readonly SessionEntry[]> {
    return await this.#store.list(storedQuery(query))
  }
  async *parts (query: SessionQuery): AsyncGenerator<readonly SessionEntry[], void, void> {
    yield await this.list(query)
  }
  async delete (query: SessionQuery): Promise<number> {
    return await this.#store.delete(storedQuery(query))
  }

  /** One after the other: a store that fails keeps those before. */
  async set (entries: readonly WantedSession[]): Promise<void> {
    for (const { table, key, service, ttlMs } of entries) {
      try {
        await this.#store.pin(table, key, service, SETTER)
        await this.#store.release(table, key, ttlMs, SETTER)
      } catch (error) {
        this.#failed('pin', error)
        throw new WeirError(
          'storage-failed',
          `the session store failed at key '${keyToText(key)}' of ${tableText(table)}: ${
            (error as Error | undefined)?.message ?? String(error)
          }`,
          { cause: error }
        )
      }
    }
  }

  close (): void {}

  /** Exactly one result: the store's, or `otherwise`. `whyNot` returns a fault of the store's. */
  #ask<T> (
    what: string,
    ask: () => T | Promise<T>,
    otherwise: T,
    answer: (value: T) => void,
    whyNot: (value: unknown) => string | undefined
  ): void {
    const checked = (value: T): T => {
      const why = whyNot(value)
      if (why === undefined) return value
      this.#failed(what, new Error(why))
      return otherwise
    }
    let asked: T | Promise<T>
    try {
      asked = ask()
    } catch (error) {
      this.#failed(what, error)
      answer(otherwise)
      return
    }
    if (!(asked instanceof Promise)) {
      answer(checked(asked))
      return
    }
    let waiting = true
    const settle = (value: T): void => {
      if (!waiting) return
      waiting = false
      clearTimeout(timer)
      answer(value)
    }
    const timer = setTimeout(() => {
      this.#failed(what, new Error(`no answer within ${this.#answerMs} ms`))
      settle(otherwise)
    }, this.#answerMs)
    asked.then(value => { settle(checked(value)) }, (error: unknown) => {
      this.#failed(what, error)
      settle(otherwise)
    })
  }

  #tell (what: string, tell: () => void | Promise<void>): void {
    try {
      tell()?.catch((error: unknown) => { this.#failed(what, error) })
    } catch (error) {
      this.#failed(what, error)
    }
  }

  #failed (call: string, error: unknown): void {
    this.#log.error({ call, error: (error as Error | undefined)?.message ?? String(error) }, 'the session store failed')
  }
}

/**
 * The embedding program may be untyped. A service that the worker has just called unavailable would cause an endless
 * loop of claims.
 */
const whyNoClaim = (value: unknown, { unavailable }: Claim): string | undefined => {
  const { service, hit } = (value ?? {}) as { readonly service?: unknown, readonly hit?: unknown }
  if (typeof service !== 'string' || typeof hit !== 'boolean') return 'the answer is no { service, hit }'
  return unavailable.includes(service) ? `the answer '${service}' is among what is unavailable` : undefined
}

const whyNoService = (value: unknown): string | undefined =>
  value === undefined || typeof value === 'string' ? undefined : 'the answer is neither a name nor undefined'
