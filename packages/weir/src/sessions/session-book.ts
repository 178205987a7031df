import { LocalSessionDirectory, SessionTable, textToKey, type Claim, type SessionDirectory, type SessionEntry } from '@weirlb/engine'
import type { LbVserver } from '@weirlb/model'
import type { SessionQuery } from '../data-plane.ts'
import type { SavedSession } from '../storage/storage.ts'
import type { Sessions } from './sessions.ts'

/** The session table of a Weir, with what the configuration says of it; `holder` is a worker's number. */
export class SessionBook implements Sessions {
  readonly ownable = true
  readonly #table = new SessionTable()
  /** Time to live by LB vserver; one that does not pin has none. */
  #ttls: ReadonlyMap<string, number> = new Map()

  /** Drop what the configuration no longer allows: entries of LB vservers that do not pin, and entries that name a service which is not bound. */
  configure (lbVservers: readonly LbVserver[]): void {
    const pinning = new Map(lbVservers.filter(lb => lb.persistence.type === 'user-session').map(lb => [lb.name, lb]))
    this.#ttls = new Map([...pinning].map(([name, lb]) => [name, lb.persistence.timeoutSeconds * 1000]))
    for (const { lbVserver, key, service } of this.#table.list()) {
      if (pinning.get(lbVserver)?.services.some(bound => bound.name === service) !== true) this.#table.delete({ lbVserver, key })
    }
  }

  /** The table as an engine in this process uses it. */
  directory (holder: number): SessionDirectory { return new LocalSessionDirectory(this.#table, holder) }

  claim (claim: Claim, holder: number): { readonly service: string, readonly hit: boolean } { return this.#table.claim(claim, holder) }
  find (lbVserver: string, key: string): string | undefined { return this.#table.find(lbVserver, key) }
  pin (lbVserver: string, key: string, service: string, holder: number): void { this.#table.pin(lbVserver, key, service, holder) }
  release (lbVserver: string, key: string, ttlMs: number, holder: number): void { this.#table.release(lbVserver, key, ttlMs, holder) }

  /** The holder is gone: its entries live on for the time that is configured. */
  releaseAll (holder: number): void { this.#table.releaseAll(holder, lbVserver => this.#ttls.get(lbVserver)) }

  list (query: SessionQuery): SessionEntry[] { return this.#table.list(storedQuery(query)) }
  delete (query: SessionQuery): number { return this.#table.delete(storedQuery(query)) }

  /** Every entry with the time it ends; one that is held as if it were let go now. */
  save (): SavedSession[] {
    const now = Date.now()
    return this.#table.snapshot().map(({ lbVserver, key, service, remainingMs }) =>
      ({ lbVserver, key, service, expiresAt: Math.round(now + (remainingMs ?? this.#ttls.get(lbVserver) ?? 0)) }))
  }

  restore (sessions: readonly SavedSession[]): void {
    const now = Date.now()
    this.#table.restore(sessions.map(({ lbVserver, key, service, expiresAt }) => ({ lbVserver, key, service, remainingMs: expiresAt - now })))
  }
}

/** Keys come from people as text and stand in the table as byte strings. */
export const storedQuery = ({ lbVserver, key, limit }: SessionQuery): SessionQuery => ({ lbVserver, limit, key: key === undefined ? undefined : textToKey(key) })
