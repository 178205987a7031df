import { fork, type ChildProcess } from 'node:child_process'
import { WeirError } from '@weirlb/model'
import { type Counts, emptyEngineStats, type EngineStats, type ListeningSockets } from '@weirlb/engine'
import { cpuWaitMs, type SharedSocket, type TransportInUse } from '@weirlb/link'
import { noDroppedLines, type DroppedLines } from '../dropped-lines.ts'
import type { LogLevel } from '../data-plane.ts'
import type { InheritedSockets } from '../inherited-sockets.ts'
import { fromWire } from './error-on-wire.ts'
import type { CallName, Calls, FromWorker, Pulse, ToWorker } from './messages.ts'
import { Outbox } from './outbox.ts'
import { Patience, whenLate, type Heartbeat } from './patience.ts'
import type { WorkerArguments, WorkerSettings } from './worker-arguments.ts'
import { workerFlags } from './worker-flags.ts'

/** Receives a worker's events and its end. */
export interface WorkerSink {
  onMessage (worker: WorkerProcess, message: FromWorker): void
  /** It answered a heartbeat. */
  onPulse (worker: WorkerProcess, pulse: Pulse): void
  /** The process is gone, exactly once. */
  onExit (worker: WorkerProcess, why: string): void
}

export interface WorkerOptions {
  /** The program to run. */
  readonly entry: string
  /** Unique over all workers and time; part of connection ids. */
  readonly number: number
  /** The worker that it is, as people know it. */
  readonly slot: number
  readonly logLevel: LogLevel
  readonly settings: WorkerSettings
  /** Sockets of this process that listen already. */
  readonly inherited?: readonly InheritedSockets[] | undefined
  readonly heartbeat: Heartbeat
}

interface Waiting { resolve (answer: unknown): void, reject (error: WeirError): void }

/** One worker process and the channel to it. */
export class WorkerProcess {
  readonly number: number
  readonly pid: number
  /** Its statistics at its last report. */
  lastStats: EngineStats = emptyEngineStats()
  /** Lines of its log that it had dropped then. */
  lastDroppedLines: DroppedLines = noDroppedLines
  /** Known when it is ready. */
  transport: TransportInUse | undefined
  readonly #child: ChildProcess
  readonly #sink: WorkerSink
  readonly #heartbeat: Heartbeat
  readonly #outbox: Outbox<ToWorker>
  readonly #waiting = new Map<number, Waiting>()
  #nextCall = 0
  #beat: NodeJS.Timeout | undefined
  #gone: string | undefined
  /** Sockets that it has sent. */
  #sockets: ListeningSockets[] = []
  readonly exited: Promise<void>
  /** Resolves when it can be called; rejects when it cannot start. */
  readonly ready: Promise<void>

  constructor (options: WorkerOptions, sink: WorkerSink) {
    this.number = options.number
    this.#sink = sink
    this.#heartbeat = options.heartbeat
    const inherited = options.inherited ?? []
    // Their descriptors there: behind the standard ones and the channel.
    let next = 4
    const there = inherited.map(({ address, port, fds }): InheritedSockets => ({ address, port, fds: fds.map(() => next++) }))
    this.#child = fork(options.entry, [String(options.number), options.logLevel, JSON.stringify({ ...options.settings, slot: options.slot, inherited: there } satisfies WorkerArguments)], {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc', ...inherited.flatMap(({ fds }) => fds)],
      // Other flags of this process (inspect ports, preloaded modules) are its own and not the workers'.
      execArgv: workerFlags(process.env['NODE_OPTIONS']),
      serialization: 'advanced'
    })
    this.pid = this.#child.pid ?? 0
    // When it has died meanwhile, 'exit' follows.
    this.#outbox = new Outbox((messages, onSent) => this.#child.connected && this.#child.send(messages, onSent))
    let onReady = (): void => {}
    let onFailed = (_: WeirError): void => {}
    let onExited = (): void => {}
    this.ready = new Promise((resolve, reject) => { onReady = resolve; onFailed = reject })
    this.exited = new Promise(resolve => { onExited = resolve })
    // A starter of a worker may learn of its end by `onExit` alone.
    this.ready.catch(() => {})
    const notLate = whenLate(options.heartbeat.startMs, () => cpuWaitMs(this.pid), () => { this.kill() })

    this.#child.on('message', (messages: FromWorker[], handle: unknown) => {
      for (const message of messages) {
        if (message.kind === 'socket') {
          if (handle !== undefined)
            this.#sockets.push({ address: message.address, port: message.port, handles: [handle as SharedSocket] })
          continue
        }
        if (message.kind === 'ready') {
          notLate()
          this.transport = message.transport
          this.#startHeartbeat()
          onReady()
        } else if (message.kind === 'failed') {
          onFailed(fromWire(message.error))
          this.kill()
        } else this.#onMessage(message)
      }
    })
    const onGone = (why: string): void => {
      if (this.#gone !== undefined) return
      this.#gone = why
      notLate()
      clearInterval(this.#beat)
      const error = this.#goneError()
      onFailed(error)
      for (const waiting of this.#waiting.values()) waiting.reject(error)
      this.#waiting.clear()
      this.#sink.onExit(this, why)
      onExited()
    }
    this.#child.on('error', error => { if (this.#child.pid === undefined) onGone(error.message) })
    this.#child.on('exit', (code, signal) => onGone(signal === null ? `exit status ${code}` : `signal ${signal}`))
  }

  get alive (): boolean { return this.#gone === undefined }

  /**
   * Call the worker. Rejects with the worker's WeirError, or `worker-unavailable` if it ends before it has returned.
   */
  call<N extends CallName> (name: N, ask: Calls[N]['ask']): Promise<Calls[N]['answer']> {
    if (this.#gone !== undefined) return Promise.reject(this.#goneError())
    const id = this.#nextCall++
    this.#outbox.push({ kind: 'call', id, name, ask })
    return new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
    }) as Promise<Calls[N]['answer']>
  }

  counts (services: readonly string[]): Promise<Readonly<Record<string, Counts>>> {
    return this.call('counts', services)
  }
  tellElsewhere (counts: Readonly<Record<string, Counts>>): void {
    this.tell({ kind: 'elsewhere', counts })
  }

  /** Returns the sockets that it listens on, as handles of this process. It goes on doing so. */
  async listening (): Promise<readonly ListeningSockets[]> {
    await this.call('listening', undefined)
    const sockets = this.#sockets
    this.#sockets = []
    return sockets
  }

  tell (message: ToWorker): void {
    if (this.#gone === undefined) this.#outbox.push(message)
  }

  /** Let it send goodbyes to its clients, then end it; by force if it takes too long. */
  async stop (graceMs: number): Promise<void> {
    const force = setTimeout(() => this.kill(), graceMs + 1000)
    try {
      this.lastStats = await this.call('stop', { graceMs })
      if (this.#child.connected) this.#child.disconnect()
    } catch { /* it ended by itself, or was killed */ }
    await this.exited
    clearTimeout(force)
  }

  kill (): void { this.#child.kill('SIGKILL') }

  #onMessage (message: FromWorker): void {
    if (message.kind !== 'answer' && message.kind !== 'refusal') return this.#sink.onMessage(this, message)
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (message.kind === 'answer') waiting?.resolve(message.answer)
    else waiting?.reject(fromWire(message.error))
  }

  #startHeartbeat (): void {
    const { everyMs } = this.#heartbeat
    const patience = new Patience(this.#heartbeat, () => cpuWaitMs(this.pid))
    this.#beat = setInterval(() => {
      const now = patience.beat()
      if (now === 'hangs') return this.kill()
      if (now === 'wait') return
      this.call('ping', undefined).then(pulse => {
        patience.answered()
        this.lastStats = pulse.stats
        this.lastDroppedLines = pulse.droppedLines
        this.#sink.onPulse(this, pulse)
      }, () => {})
    }, everyMs)
    this.#beat.unref()
  }

  #goneError (): WeirError {
    return new WeirError(
      'worker-unavailable',
      `worker process ${this.pid} ended (${this.#gone}); another is being started`,
      { retry: true }
    )
  }
}

/** A worker that has ended needs no abort. */
export const abort = async (workers: readonly WorkerProcess[]): Promise<void> => {
  await Promise.allSettled(workers.map(worker => worker.call('abort', undefined)))
}
