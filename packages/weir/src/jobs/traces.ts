import { describeChoices, describeValue, endpointForms, parseEndpoint, WeirError } from '@weirlb/model'
import type { Log, TraceFilter, TraceLevel, TraceRecord } from '@weirlb/engine'
import type { DataPlane } from '../data-plane.ts'

/** The status of an extension's trace. */
export interface TraceStatus {
  readonly level: TraceLevel | 'off'
  readonly filter: TraceFilter
  /** Milliseconds since 1970 (UTC) at which it ends; undefined while it is off. */
  readonly endsAt: number | undefined
}

/** A trace to start. */
export interface TraceRequest {
  readonly level: TraceLevel | 'off'
  readonly filter?: TraceFilter | undefined
  /** How long, 1 to 3600. Default: 60. */
  readonly seconds?: number | undefined
}

/** An event for listeners of a trace. */
export type TraceEvent =
  | { readonly type: 'status', readonly status: TraceStatus }
  | {
    readonly type: 'record'
    readonly record: TraceRecord & {
      /** Number of the worker as in its health; 0 is the process itself. */
      readonly worker: number
    }
  }
  /** Number of calls without a record, because there were too many. */
  | { readonly type: 'dropped', readonly count: number }

/** Called with each event of a trace. */
export type TraceListener = (event: TraceEvent) => void

const levels: readonly TraceStatus['level'][] = ['off', 'calls', 'verdicts']
const off: TraceStatus = { level: 'off', filter: {}, endsAt: undefined }
const defaultSeconds = 60
const maxSeconds = 3600

interface Running { readonly status: TraceStatus, readonly timer: NodeJS.Timeout }

/**
 * The traces, their ends and their listeners. A trace ends by itself: a forgotten one must not cost forever. A
 * listener that throws is logged, and the others are still called.
 */
export class Traces {
  readonly #plane: DataPlane
  readonly #log: Log
  readonly #running = new Map<string, Running>()
  readonly #listeners = new Map<string, Set<TraceListener>>()

  constructor (plane: DataPlane, log: Log) {
    this.#plane = plane
    this.#log = log
  }

  status (extension: string): TraceStatus { return this.#running.get(extension)?.status ?? off }

  /** Begin, change or end the trace of an extension. Throws `config-invalid`, with the field. */
  set (extension: string, { level, filter = {}, seconds = defaultSeconds }: TraceRequest): TraceStatus {
    if (!levels.includes(level))
      throw invalid('level', `expected one of ${describeChoices(levels)}; got ${describeValue(level)}`)
    if (!(seconds >= 1 && seconds <= maxSeconds))
      throw invalid('seconds', `expected 1 to ${maxSeconds}, got ${seconds}`)
    if (filter.client !== undefined && parseEndpoint(filter.client) === undefined) {
      throw invalid('filter.client', `expected ${endpointForms}; got ${describeValue(filter.client)}`)
    }
    clearTimeout(this.#running.get(extension)?.timer)
    this.#running.delete(extension)
    if (level === 'off') {
      this.#plane.setTrace(extension, undefined)
    } else {
      const timer = setTimeout(() => { this.set(extension, { level: 'off' }) }, seconds * 1000).unref()
      this.#running.set(extension, { status: { level, filter, endsAt: Date.now() + seconds * 1000 }, timer })
      this.#plane.setTrace(extension, { level, filter })
    }
    const status = this.status(extension)
    this.#tell(extension, { type: 'status', status })
    return status
  }

  /**
   * Add a listener to the trace of an extension; its status is sent first. The returned function removes the
   * listener.
   */
  on (extension: string, listener: TraceListener): () => void {
    // One entry a call, as with events.
    const entry: TraceListener = event => {
      try {
        listener(event)
      } catch (error) {
        this.#log.error({ extension, error: (error as Error).message }, 'a listener of a trace threw')
      }
    }
    const listeners = this.#listeners.get(extension) ?? new Set()
    this.#listeners.set(extension, listeners.add(entry))
    entry({ type: 'status', status: this.status(extension) })
    return () => {
      listeners.delete(entry)
      if (listeners.size === 0) this.#listeners.delete(extension)
    }
  }

  onTraced (extension: string, records: readonly TraceRecord[], dropped: number, worker: number): void {
    for (const record of records) this.#tell(extension, { type: 'record', record: { worker, ...record } })
    if (dropped > 0) this.#tell(extension, { type: 'dropped', count: dropped })
  }

  /** End the traces of extensions that are gone. */
  keepOnly (extensions: readonly string[]): void {
    for (const name of [...this.#running.keys()]) if (!extensions.includes(name)) this.set(name, { level: 'off' })
  }

  stop (): void {
    for (const [extension, { timer }] of this.#running) {
      clearTimeout(timer)
      this.#plane.setTrace(extension, undefined)
    }
    this.#running.clear()
  }

  #tell (extension: string, event: TraceEvent): void {
    for (const listener of [...this.#listeners.get(extension) ?? []]) listener(event)
  }
}

const invalid = (path: string, message: string): WeirError =>
  new WeirError('config-invalid', `${path}: ${message}`, { issues: [{ path, message }] })
