import type { CloseReason } from '@weirlb/model'
import type { DataPlaneEvents, WorkerInfo } from '../data-plane.ts'
import type { LeveledLog } from '../log.ts'
import { openConnections } from '../stats/worker-stats.ts'
import { BackOff } from './back-off.ts'
import type { FromWorker } from './messages.ts'
import type { WorkerProcess, WorkerSink } from './worker-process.ts'

/** What a slot needs of its pool. */
export interface SlotHost {
  readonly log: LeveledLog
  readonly events: DataPlaneEvents
  spawn (sink: WorkerSink): WorkerProcess
  /** Give a new worker the running configuration. */
  bringUp (worker: WorkerProcess): Promise<void>
  /** `slot`: the worker's number as people know it. */
  onMessage (worker: WorkerProcess, message: FromWorker, slot: number): void
  onExit (worker: WorkerProcess): void
  /** How long the clients of a worker that is replaced have to leave. */
  readonly drainMs: number
}

/** Lost sandbox threads after which a worker is replaced: each costs memory and perhaps a core. */
const mostLostThreads = 3

/**
 * Keeps one worker process running.
 *
 *     starting ──► up ──exit──► restarting ──back-off, spawn, configuration──► up
 *                  └─ 3 lost threads: a new process comes up beside it, takes its place, and the old one is drained
 */
export class WorkerSlot implements WorkerSink {
  readonly id: number
  readonly #host: SlotHost
  readonly #backOff = new BackOff()
  #state: WorkerInfo['state'] = 'starting'
  #current: WorkerProcess | undefined
  #replacement: WorkerProcess | undefined
  #restarts = 0
  #startedAt = 0
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  readonly #draining = new Set<Promise<void>>()

  constructor (id: number, host: SlotHost) {
    this.id = id
    this.#host = host
  }

  /** The process, when it has the running configuration. */
  get worker (): WorkerProcess | undefined { return this.#state === 'up' ? this.#current : undefined }

  get info (): WorkerInfo { return { id: this.id, pid: this.#current?.pid ?? 0, state: this.#state, restarts: this.#restarts, transport: this.#current?.transport } }

  /** Start the first process. Rejects when it cannot start: then nothing is tried again. */
  async start (): Promise<void> {
    const worker = this.#spawn()
    try {
      await worker.ready
      await this.#host.bringUp(worker)
    } catch (error) {
      this.#stopped = true
      worker.kill()
      throw error
    }
    this.#state = 'up'
  }

  async stop (graceMs: number): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    const drained = [...this.#draining]
    await Promise.all([this.#current?.stop(graceMs), this.#replacement?.stop(graceMs), ...drained])
  }

  onMessage (worker: WorkerProcess, message: FromWorker): void { this.#host.onMessage(worker, message, this.id) }

  onLostThreads (worker: WorkerProcess, count: number): void {
    if (count >= mostLostThreads && worker === this.#current && this.#state === 'up') void this.#replace(worker, count)
  }

  onExit (worker: WorkerProcess, why: string): void {
    this.#host.onExit(worker)
    const lost = openConnections(worker.lastStats)
    for (const connections of lost) this.#host.log.error({ worker: this.id, workerPid: worker.pid, ...connections, reason: 'worker-lost' satisfies CloseReason }, 'connections were lost with their worker')
    if (worker !== this.#current) return
    this.#current = undefined
    if (this.#stopped) return
    const waitMs = this.#restartLater()
    this.#host.log.error({ worker: this.id, workerPid: worker.pid, why, waitMs }, 'a worker ended; another is being started')
    this.#host.events.onWorkerEnded(this.id, worker.pid, why, waitMs, lost.reduce((sum, { connections }) => sum + connections, 0))
  }

  /** Answers in how many milliseconds. */
  #restartLater (): number {
    this.#state = 'restarting'
    const waitMs = this.#backOff.after(Date.now() - this.#startedAt)
    clearTimeout(this.#timer)
    // Nothing else may keep the process alive while the only worker is down.
    this.#timer = setTimeout(() => { void this.#restart() }, waitMs)
    return waitMs
  }

  #spawn (): WorkerProcess {
    this.#startedAt = Date.now()
    return this.#current = this.#host.spawn(this)
  }

  async #restart (): Promise<void> {
    this.#restarts++
    // A replacement that was coming up when its predecessor died is what we need now.
    if (this.#replacement !== undefined) return
    let worker: WorkerProcess
    try {
      worker = this.#spawn()
    } catch (error) {
      const waitMs = this.#restartLater()
      this.#host.log.error({ worker: this.id, error: (error as Error).message, waitMs }, 'a worker could not be started; it is tried again')
      return
    }
    try {
      await worker.ready
      await this.#host.bringUp(worker)
    } catch (error) {
      this.#host.log.error({ worker: this.id, workerPid: worker.pid, error: (error as Error).message }, 'a new worker could not take the configuration')
      worker.kill()
      return
    }
    if (this.#stopped || !worker.alive) return
    this.#state = 'up'
    this.#host.log.info({ worker: this.id, workerPid: worker.pid }, 'a worker is up again')
    this.#host.events.onWorkerUp(this.id, worker.pid, this.#restarts)
  }

  async #replace (worn: WorkerProcess, lostThreads: number): Promise<void> {
    if (this.#replacement !== undefined || this.#stopped) return
    this.#host.log.warn({ worker: this.id, workerPid: worn.pid, lostThreads }, 'a worker lost sandbox threads and is being replaced')
    let fresh: WorkerProcess | undefined
    try {
      fresh = this.#replacement = this.#host.spawn(this)
      await fresh.ready
      await this.#host.bringUp(fresh)
    } catch (error) {
      // The next heartbeat of the worn worker tries again.
      this.#host.log.error({ worker: this.id, workerPid: fresh?.pid, error: (error as Error).message }, 'the replacement of a worker could not take the configuration')
      fresh?.kill()
      this.#replacement = undefined
      if (this.#current !== undefined || this.#stopped) return
      clearTimeout(this.#timer)
      await this.#restart()
      return
    }
    this.#replacement = undefined
    if (this.#stopped) return
    clearTimeout(this.#timer)
    this.#current = fresh
    this.#startedAt = Date.now()
    this.#state = 'up'
    if (worn.alive) this.#restarts++
    this.#host.events.onWorkerUp(this.id, fresh.pid, this.#restarts)
    if (!worn.alive) return
    const draining = worn.stop(this.#host.drainMs)
    this.#draining.add(draining)
    await draining
    this.#draining.delete(draining)
  }
}
