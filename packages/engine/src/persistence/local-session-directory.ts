import type { Claim, ClaimSink, FindSink, SessionDirectory } from './session-directory.ts'
import { SessionTable } from './session-table.ts'

/** The session directory of one process that has the table in its own memory: the table as one holder sees it. */
export class LocalSessionDirectory implements SessionDirectory {
  readonly table: SessionTable
  readonly #holder: number

  constructor (table: SessionTable = new SessionTable(), holder = 0) {
    this.table = table
    this.#holder = holder
  }

  claim (claim: Claim, sink: ClaimSink): void {
    const { service, hit } = this.table.claim(claim, this.#holder)
    sink.onClaimed(service, hit)
  }

  find (lbVserver: string, key: string, sink: FindSink): void {
    sink.onFound(this.table.find(lbVserver, key))
  }
  pin (lbVserver: string, key: string, service: string): void {
    this.table.pin(lbVserver, key, service, this.#holder)
  }
  release (lbVserver: string, key: string, ttlMs: number): void {
    this.table.release(lbVserver, key, ttlMs, this.#holder)
  }
}
