import type { CloseReason } from '@weirlb/model'
import type { DataPlaneEvents, WorkerInfo } from '../data-plane.ts'
import type { LeveledLog } from '../log.ts'
import { openConnections } from '../stats/worker-stats.ts'
import { BackOff } from './back-off.ts'
import type { FromWorker, Pulse } from './messages.ts'
import { isWorn, type WearLimits } from './wear.ts'
import type { WorkerProcess, WorkerSink } from './worker-process.ts'

/** A slot's interface of its pool. */
export interface SlotHost {
  readonly log: LeveledLog
  /** `slot`: the worker's number as people know it. */
  spawn (sink: WorkerSink, slot: number): WorkerProcess
  /** Give a new worker the running configuration. */
  bringUp (worker: WorkerProcess): Promise<void>
  onMessage (worker: WorkerProcess, message: FromWorker, slot: number): void
  onExit (worker: WorkerProcess): void
  readonly onWorkerEnded: DataPlaneEvents['onWorkerEnded']
  readonly onWorkerUp: DataPlaneEvents['onWorkerUp']
  /** How long the clients of a replaced worker may stay before they get a goodbye. */
  readonly drainMs: number
  /** When a worker is replaced. */
  readonly wear: WearLimits
}

/** Time for clients to leave after a goodbye. */
export const GRACE_MS = 10_000

/**
 * Keeps one worker process running.
 *
 *     starting ──► up ──exit──► restarting ──back-off, spawn, configuration──► up
 *                  └─ worn by lost threads: a new process starts beside it and replaces it; the old one accepts no
 * clients, keeps its clients until they leave or its time is over, and sends goodbyes to the rest
 */
export class WorkerSlot implements WorkerSink {
  readonly id: number
  readonly #host: SlotHost
  readonly #backOff = new BackOff()
  #status: WorkerInfo['status'] = 'starting'
  #current: WorkerProcess | undefined
  #replacement: WorkerProcess | undefined
  #restarts = 0
  #startedAt = 0
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  /** Draining processes, and their ends. */
  readonly #draining = new Map<WorkerProcess, Promise<void>>()

  constructor (id: number, host: SlotHost) {
    this.id = id
    this.#host = host
  }

  /** The process, when it has the running configuration. */
  get worker (): WorkerProcess | undefined { return this.#status === 'up' ? this.#current : undefined }

  /** Processes whose place has been taken and that have clients. */
  get draining (): Iterable<WorkerProcess> { return this.#draining.keys() }

  get info (): WorkerInfo {
    return {
      id: this.id,
      pid: this.#current?.pid ?? 0,
      status: this.#status,
      restarts: this.#restarts,
      transport: this.#current?.transport
    }
  }

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
    this.#status = 'up'
  }

  async stop (graceMs: number): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    const draining = [...this.#draining.keys()].map(worker => worker.stop(graceMs))
    await Promise.all([
      this.#current?.stop(graceMs),
      this.#replacement?.stop(graceMs),
      ...draining,
      ...this.#draining.values()
    ])
  }

  onMessage (worker: WorkerProcess, message: FromWorker): void {
    // Whoever was replaced takes no clients: whether it would hold them off says nothing of the worker.
    if (message.kind === 'defence' && this.#draining.has(worker)) return
    this.#host.onMessage(worker, message, this.id)
  }

  onPulse (worker: WorkerProcess, { lostThreads, memory }: Pulse): void {
    const { wear } = this.#host
    if (!isWorn(wear, lostThreads, memory)) return
    if (worker === this.#current && this.#status === 'up')
      void this.#replace(worker, { lostThreads, memoryMb: Math.round(memory / 2 ** 20) })
    else if (memory >= 2 * wear.bytes && this.#draining.has(worker)) void worker.stop(GRACE_MS)
  }

  onExit (worker: WorkerProcess, why: string): void {
    this.#host.onExit(worker)
    const lost = openConnections(worker.lastStats)
    for (const connections of lost)
      this.#host.log.error({
        worker: this.id,
        workerPid: worker.pid,
        ...connections,
        reason: 'worker-lost' satisfies CloseReason
      }, 'connections were lost with their worker')
    if (worker !== this.#current) return
    this.#current = undefined
    if (this.#stopped) return
    const waitMs = this.#restartLater()
    this.#host.log.error(
      { worker: this.id, workerPid: worker.pid, why, waitMs },
      'a worker ended; another is being started'
    )
    this.#host.onWorkerEnded(
      this.id,
      worker.pid,
      why,
      waitMs,
      lost.reduce((sum, { connections }) => sum + connections, 0)
    )
  }

  /** Returns the delay in milliseconds. */
  #restartLater (): number {
    this.#status = 'restarting'
    const waitMs = this.#backOff.after(performance.now() - this.#startedAt)
    clearTimeout(this.#timer)
    // Nothing else may keep the process alive while the only worker is down.
    this.#timer = setTimeout(() => { void this.#restart() }, waitMs)
    return waitMs
  }

  #spawn (): WorkerProcess {
    this.#startedAt = performance.now()
    return this.#current = this.#host.spawn(this, this.id)
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
      this.#host.log.error(
        { worker: this.id, error: (error as Error).message, waitMs },
        'a worker could not be started; it is tried again'
      )
      return
    }
    try {
      await worker.ready
      await this.#host.bringUp(worker)
    } catch (error) {
      this.#host.log.error(
        { worker: this.id, workerPid: worker.pid, error: (error as Error).message },
        'a new worker could not take the configuration'
      )
      worker.kill()
      return
    }
    if (this.#stopped || !worker.alive) return
    this.#status = 'up'
    this.#host.log.info({ worker: this.id, workerPid: worker.pid }, 'a worker is up again')
    this.#host.onWorkerUp(this.id, worker.pid, this.#restarts)
  }

  async #replace (
    worn: WorkerProcess,
    wear: { readonly lostThreads: number, readonly memoryMb: number }
  ): Promise<void> {
    if (this.#replacement !== undefined || this.#stopped) return
    this.#host.log.warn(
      { worker: this.id, workerPid: worn.pid, ...wear },
      'a worker lost sandbox threads and is being replaced'
    )
    let fresh: WorkerProcess | undefined
    try {
      fresh = this.#replacement = this.#host.spawn(this, this.id)
      await fresh.ready
      await this.#host.bringUp(fresh)
    } catch (error) {
      // The next heartbeat of the worn worker tries again.
      this.#host.log.error(
        { worker: this.id, workerPid: fresh?.pid, error: (error as Error).message },
        'the replacement of a worker could not take the configuration'
      )
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
    this.#startedAt = performance.now()
    this.#status = 'up'
    if (worn.alive) this.#restarts++
    this.#host.onWorkerUp(this.id, fresh.pid, this.#restarts)
    if (worn.alive) await this.#drain(worn)
  }

  async #drain (worn: WorkerProcess): Promise<void> {
    // Each holds what its lost threads do: one is enough.
    for (const earlier of this.#draining.keys()) void earlier.stop(GRACE_MS)
    const end = this.#seeOff(worn)
    this.#draining.set(worn, end)
    await end
    this.#draining.delete(worn)
    this.#host.log.info({ worker: this.id, workerPid: worn.pid }, 'a worker that was replaced has ended')
  }

  async #seeOff (worn: WorkerProcess): Promise<void> {
    const timer = setTimeout(() => { void worn.stop(GRACE_MS) }, this.#host.drainMs)
    timer.unref()
    await worn.call('drain', undefined).catch(() => { /* it ended, which stop() finds out */ })
    clearTimeout(timer)
    await worn.stop(GRACE_MS)
  }
}
