import type { Claim, ClaimSink, FindSink, SessionDirectory } from '@weirlb/engine'
import type { FromWorker } from './messages.ts'

/** The session directory of a worker: the control process owns the table, and this end sends claims. */
export class RemoteSessions implements SessionDirectory {
  readonly #tell: (message: FromWorker) => void
  readonly #waiting = new Map<number, ClaimSink>()
  readonly #finding = new Map<number, FindSink>()
  #next = 0

  constructor (tell: (message: FromWorker) => void) {
    this.#tell = tell
  }

  claim (claim: Claim, sink: ClaimSink): void {
    const id = this.#next++
    this.#waiting.set(id, sink)
    this.#tell({ kind: 'claim', id, claim })
  }

  find (lbVserver: string, key: string, sink: FindSink): void {
    const id = this.#next++
    this.#finding.set(id, sink)
    this.#tell({ kind: 'find', id, lbVserver, key })
  }

  /** The control process's result of a `find`. */
  found (id: number, service: string | undefined): void {
    const sink = this.#finding.get(id)
    this.#finding.delete(id)
    sink?.onFound(service)
  }

  pin (lbVserver: string, key: string, service: string): void {
    this.#tell({ kind: 'pin', lbVserver, key, service })
  }
  release (lbVserver: string, key: string, ttlMs: number): void {
    this.#tell({ kind: 'release', lbVserver, key, ttlMs })
  }

  /** The control process's result of a claim. */
  claimed (id: number, service: string, hit: boolean): void {
    const sink = this.#waiting.get(id)
    if (sink === undefined) return
    this.#waiting.delete(id)
    sink.onClaimed(service, hit)
  }
}
