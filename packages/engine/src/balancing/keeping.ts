import { type PersistenceType, sessionTable } from '@weirlb/model'
import type { ClaimSink, FindSink, SessionDirectory } from '../persistence/session-directory.ts'
import { type KeySettings, type KeySource, persistences } from './persistences.ts'

/** One type of persistence of an LB vserver or a GLB at work: its table of sessions. */
export class Keeping {
  readonly type: PersistenceType
  /** 0: the first type; 1: the secondary one. */
  readonly rank: number
  readonly #table: string
  readonly #sessions: SessionDirectory
  #settings: KeySettings

  constructor (
    type: PersistenceType,
    rank: number,
    balancer: string,
    settings: KeySettings,
    sessions: SessionDirectory
  ) {
    this.type = type
    this.rank = rank
    this.#table = sessionTable(balancer, type)
    this.#sessions = sessions
    this.#settings = settings
  }

  configure (settings: KeySettings): void { this.#settings = settings }

  key (source: KeySource): string | undefined { return persistences[this.type].key(source, this.#settings) }
  why (source: KeySource): string { return persistences[this.type].why(source, this.#settings) }

  /** Claim an entry, which is then held, unless nobody could be asked. */
  claim (key: string, proposal: string, unavailable: readonly string[], sink: ClaimSink): void {
    this.#sessions.claim({ lbVserver: this.#table, key, proposal, unavailable }, sink)
  }

  /** Look an entry up, and leave it as it is. */
  find (key: string, sink: FindSink): void { this.#sessions.find(this.#table, key, sink) }

  pin (key: string, service: string): void {
    this.#sessions.pin(this.#table, key, service)
  }
  release (key: string): void {
    this.#sessions.release(this.#table, key, this.#settings.persistence.timeoutSeconds * 1000)
  }
}
