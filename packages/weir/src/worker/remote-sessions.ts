import type { Claim, ClaimSink, SessionDirectory } from '@weir/engine'
import type { FromWorker } from './messages.ts'

/** The session directory of a worker: the control process owns the table, this end asks. */
export class RemoteSessions implements SessionDirectory {
  readonly #tell: (message: FromWorker) => void
  readonly #waiting = new Map<number, ClaimSink>()
  #next = 0

  constructor (tell: (message: FromWorker) => void) {
    this.#tell = tell
  }

  claim (claim: Claim, sink: ClaimSink): void {
    const id = this.#next++
    this.#waiting.set(id, sink)
    this.#tell({ kind: 'claim', id, claim })
  }

  pin (lbVserver: string, key: string, service: string): void { this.#tell({ kind: 'pin', lbVserver, key, service }) }
  release (lbVserver: string, key: string, ttlMs: number): void { this.#tell({ kind: 'release', lbVserver, key, ttlMs }) }

  /** The control process answered a claim. */
  claimed (id: number, service: string, hit: boolean): void {
    const sink = this.#waiting.get(id)
    if (sink === undefined) return
    this.#waiting.delete(id)
    sink.onClaimed(service, hit)
  }
}
