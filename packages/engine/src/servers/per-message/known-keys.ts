import type { Affinity } from '../../balancing/affinity.ts'
import type { Balancer } from '../../balancing/balancer.ts'
import type { Keeping } from '../../balancing/keeping.ts'
import type { ServiceRuntime } from '../../balancing/service.ts'

/** Maximum session keys that one client holds; the oldest is released for the next. */
const MAX_KEYS = 1024

/**
 * Never added to. measured: an empty map is 170 bytes, and clients that name no session keys have none of their own.
 */
const NONE = new Map<Balancer, Map<string, Held>>()

/** An entry that a client's messages hold. */
export interface Held {
  readonly lb: Balancer
  readonly keeping: Keeping
  readonly key: string
  readonly service: ServiceRuntime
  /** Keeps the client in the pool of a GLB. */
  readonly affinity: Affinity | undefined
}

/**
 * The session keys of one client's messages, with their services, so that the directory is consulted once per key and
 * not once per message. Messages without one share the key `''`: the client itself is known by its address, or by a
 * cookie. A held entry cannot expire, and no other client moves it while its service is available.
 */
export class KnownKeys {
  /** By the LB vserver of the claim; a backup may have answered. */
  #byLb: Map<Balancer, Map<string, Held>> = NONE
  #count = 0

  find (asked: Balancer, key: string): Held | undefined { return this.#byLb.get(asked)?.get(key) }

  has (key: string): boolean {
    for (const keys of this.#byLb.values()) if (keys.has(key)) return true
    return false
  }

  /** Keep an entry that was claimed or pinned, and so has one more hold. */
  hold (asked: Balancer, session: string, held: Held): void {
    // Two messages with this key were under way: one hold is enough.
    this.letGo(asked, session)
    if (this.#byLb === NONE) this.#byLb = new Map()
    let keys = this.#byLb.get(asked)
    if (keys === undefined) this.#byLb.set(asked, keys = new Map())
    keys.set(session, held)
    if (++this.#count > MAX_KEYS) this.#letGoFirst()
  }

  letGo (asked: Balancer, session: string): void {
    const keys = this.#byLb.get(asked)
    const held = keys?.get(session)
    if (held === undefined) return
    keys!.delete(session)
    this.#count--
    held.keeping.release(held.key)
    held.affinity?.letGo()
  }

  #letGoFirst (): void {
    for (const [asked, keys] of this.#byLb) {
      for (const key of keys.keys()) {
        this.letGo(asked, key)
        return
      }
    }
  }

  letGoAll (): void {
    for (const keys of this.#byLb.values()) {
      for (const { keeping, key, affinity } of keys.values()) {
        keeping.release(key)
        affinity?.letGo()
      }
    }
    this.#byLb = NONE
    this.#count = 0
  }
}
