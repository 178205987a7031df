import type { ServiceFailure } from '@weirlb/model'
import type { DataPlaneEvents } from './data-plane.ts'
import type { Events } from './events.ts'
import type { CanaryWatch } from './jobs/canary-watch.ts'
import type { Traces } from './jobs/traces.ts'
import type { NameKeeper } from './names/name-keeper.ts'
import type { Prober } from './prober.ts'

/** Whom the news of a data plane concerns. */
export interface NewsReaders {
  readonly events: Events
  readonly health: Prober
  readonly names: Pick<NameKeeper, 'dialFailed'>
  readonly traces: Traces
  readonly canaries: CanaryWatch
}

/** Passes the data plane's events to their receivers, and keeps the last message about extensions that are not up. */
export class PlaneNews implements DataPlaneEvents {
  readonly #readers: NewsReaders
  /** By the extension's name and the version's number: `mqtt 3`. */
  readonly #extensionMessages = new Map<string, string>()

  constructor (readers: NewsReaders) { this.#readers = readers }

  /** Returns the last message about a version that is not up. */
  extensionMessage (name: string, version: number): string | undefined { return this.#extensionMessages.get(`${name} ${version}`) }

  onServiceFailed (service: string, failure: ServiceFailure, message: string): void {
    this.#readers.health.onServiceFailed(service, failure, message)
    this.#readers.names.dialFailed(service)
  }

  onExtensionState (...[extension, state, message, version, worker]: Parameters<DataPlaneEvents['onExtensionState']>): void {
    const key = `${extension} ${version}`
    if (state === 'up') this.#extensionMessages.delete(key)
    else {
      this.#extensionMessages.set(key, message)
      // It may be a canary, which has to go then.
      this.#readers.canaries.lookNow()
    }
    this.#readers.events.emit('extension-status', { extension, version, status: state, worker, reason: message })
  }

  onTraced (...[extension, records, dropped, worker]: Parameters<DataPlaneEvents['onTraced']>): void { this.#readers.traces.onTraced(extension, records, dropped, worker) }

  onWorkerEnded (worker: number, pid: number, reason: string, restartInMs: number, connections: number): void {
    this.#readers.events.emit('worker-ended', { worker, pid, reason, restartInMs, connections })
  }

  onWorkerUp (worker: number, pid: number, restarts: number): void { this.#readers.events.emit('worker-up', { worker, pid, restarts }) }
}
