import type { ServiceFailure } from '@weirlb/model'
import type { BanWord, Decision } from '@weirlb/engine'
import type { InspectorStatus } from './api/inspector-status.ts'
import type { Defending } from './api/weir.ts'
import type { BanBook } from './bans/ban-book.ts'
import type { DataPlaneEvents } from './data-plane.ts'
import type { Events } from './events.ts'
import { Inspectors } from './managed/inspectors.ts'
import type { CanaryWatch } from './jobs/canary-watch.ts'
import type { Traces } from './jobs/traces.ts'
import type { Lives } from './lives/lives.ts'
import type { NameKeeper } from './names/name-keeper.ts'
import type { SecurityEvents } from './security/security-events.ts'
import type { Spans } from './spans/spans.ts'
import type { Prober } from './prober.ts'

/** Whom the news of a data plane concerns. */
export interface NewsReaders {
  readonly events: Events
  readonly health: Prober
  readonly names: Pick<NameKeeper, 'dialFailed'>
  readonly traces: Traces
  readonly lives: Lives
  readonly spans: Spans | undefined
  readonly canaries: CanaryWatch
  readonly security: SecurityEvents
  readonly bans: BanBook
}

/** Passes the data plane's events to their receivers, and keeps the last message about extensions that are not up. */
export class PlaneNews implements DataPlaneEvents {
  readonly #readers: NewsReaders
  /** By the extension's name and the version's number: `mqtt 3`. */
  readonly #extensionMessages = new Map<string, string>()
  /** By the process and the user vserver. */
  readonly #defending = new Map<string, Defending & { readonly pid: number }>()

  readonly #inspectors = new Inspectors()

  constructor (readers: NewsReaders) { this.#readers = readers }

  /** Returns the last message about a version that is not up. */
  extensionMessage (name: string, version: number): string | undefined {
    return this.#extensionMessages.get(`${name} ${version}`)
  }

  onServiceFailed (service: string, failure: ServiceFailure, message: string): void {
    this.#readers.health.onServiceFailed(service, failure, message)
    this.#readers.names.dialFailed(service)
  }

  onExtensionState (
    ...[extension, state, message, version, worker]: Parameters<DataPlaneEvents['onExtensionState']>
  ): void {
    const key = `${extension} ${version}`
    if (state === 'up') this.#extensionMessages.delete(key)
    else {
      this.#extensionMessages.set(key, message)
      // It may be a canary, which has to go then.
      this.#readers.canaries.lookNow()
    }
    this.#readers.events.emit('extension-status', { extension, version, status: state, worker, reason: message })
  }

  /** User vservers in defence mode, by worker. */
  get defending (): readonly Defending[] {
    return [...this.#defending.values()].map(({ pid: _, ...defending }) => defending)
  }

  onDefence (userVserver: string, defending: boolean, reason: string, worker: number, pid: number): void {
    const key = `${pid} ${userVserver}`
    if (defending) this.#defending.set(key, { userVserver, worker, reason, since: Date.now(), pid })
    else this.#defending.delete(key)
    this.#readers.events.emit('defence-mode', { userVserver, defending, reason, worker })
  }

  /** The processes that inspect requests, by worker. */
  get inspectors (): readonly InspectorStatus[] { return this.#inspectors.all }

  onInspector (...[state, worker, pid]: Parameters<DataPlaneEvents['onInspector']>): void {
    if (!this.#inspectors.onState(state, worker, pid) || state.value === 'off') return
    this.#readers.events.emit('inspector-status', { worker, status: state.value, reason: state.reason ?? '' })
  }

  onDecisions (decisions: readonly Decision[], lost: number, worker: number): void {
    this.#readers.security.onDecisions(decisions, lost, worker)
  }

  onFunctionFailed (...[failed, worker]: Parameters<DataPlaneEvents['onFunctionFailed']>): void {
    this.#readers.events.emit('edge-function-failed', { ...failed, worker })
  }

  onFunctionState (...[edgeFunction, status, reason, worker]: Parameters<DataPlaneEvents['onFunctionState']>): void {
    this.#readers.events.emit('edge-function-status', { edgeFunction, status, worker, reason })
  }

  onBan (ban: BanWord, by: string): void { this.#readers.bans.onBan(ban, by) }

  onTraced (...[extension, records, dropped, worker]: Parameters<DataPlaneEvents['onTraced']>): void {
    this.#readers.traces.onTraced(extension, records, dropped, worker)
  }

  onLives (...[lives, dropped]: Parameters<DataPlaneEvents['onLives']>): void {
    this.#readers.lives.onLives(lives, dropped)
  }

  onSampled (...[connections, dropped]: Parameters<DataPlaneEvents['onSampled']>): void {
    this.#readers.spans?.onSampled(connections, dropped)
  }

  onWorkerEnded (worker: number, pid: number, reason: string, restartInMs: number, connections: number): void {
    this.#inspectors.forget(each => each.pid === pid)
    this.#forgetDefence(each => each.pid === pid, 'its worker has ended')
    this.#readers.events.emit('worker-ended', { worker, pid, reason, restartInMs, connections })
  }

  onWorkerUp (worker: number, pid: number, restarts: number): void {
    const isReplaced = (each: { readonly worker: number, readonly pid: number }): boolean =>
      each.worker === worker && each.pid !== pid
    this.#inspectors.forget(isReplaced)
    this.#forgetDefence(isReplaced, 'its worker was replaced')
    this.#readers.events.emit('worker-up', { worker, pid, restarts })
  }

  /** Processes have no say any more. What the one in their place has said stands. */
  #forgetDefence (isGone: (each: { readonly worker: number, readonly pid: number }) => boolean, reason: string): void {
    const gone = [...this.#defending].filter(([, each]) => isGone(each))
    for (const [key] of gone) this.#defending.delete(key)
    for (const [, { userVserver, worker }] of gone) {
      const goesOn = [...this.#defending.values()].some(each =>
        each.worker === worker && each.userVserver === userVserver
      )
      if (!goesOn) this.#readers.events.emit('defence-mode', { userVserver, defending: false, reason, worker })
    }
  }
}
