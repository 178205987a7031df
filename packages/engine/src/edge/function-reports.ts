import type { GuestFailure } from '@weirlb/sdk/abi'
import { Reports } from './reports.ts'
import type { Log } from '../log.ts'
import type { FunctionFailed, FunctionNews, FunctionState } from './function-host.ts'

/** Receives the events of edge functions. */
export interface FunctionEvents {
  /** An edge function did not decide on a request; a bounded part of them is reported. */
  onFunctionFailed (failed: FunctionFailed & { readonly unreported: number }): void
  /** An edge function went down, or came back. */
  onFunctionState (edgeFunction: string, state: FunctionState, reason: string): void
}

/** Maximum failures of one function, and of all, that a process reports in a second. All are counted. */
const PER_FUNCTION = 10
const PER_PROCESS = 100
/** Functions whose reports are counted; names come and go. */
const MAX_NAMES = 1000

/** A log that throws changes nothing for clients. */
const quietly = (write: () => void): void => { try { write() } catch { /* as said */ } }

/** Reports a bounded part of the failures of functions, to the log and as events. */
export class FunctionReports implements FunctionNews {
  readonly #log: Log
  readonly #events: FunctionEvents
  readonly #all = new Reports()
  readonly #rejections = new Reports()
  readonly #each = new Map<string, { readonly reports: Reports, unreported: number }>()

  constructor (log: Log, events: FunctionEvents) {
    this.#log = log
    this.#events = events
  }

  onFailed (failed: FunctionFailed): void {
    if (this.#each.size > MAX_NAMES) this.#each.clear()
    const own = this.#each.get(failed.edgeFunction) ?? { reports: new Reports(), unreported: 0 }
    this.#each.set(failed.edgeFunction, own)
    const now = performance.now()
    if (!own.reports.take(now, PER_FUNCTION) || !this.#all.take(now, PER_PROCESS)) {
      own.unreported++
      return
    }
    const { unreported } = own
    own.unreported = 0
    this.#events.onFunctionFailed({ ...failed, unreported })
    quietly(() => {
      this.#log.warn(
        { ...failed, unreported: unreported === 0 ? undefined : unreported },
        'an edge function did not decide'
      )
    })
  }

  onUnhandled (edgeFunction: string, detail: string): void {
    if (this.#rejections.take(performance.now(), PER_FUNCTION))
      quietly(() => {
        this.#log.error({ edgeFunction, detail }, 'a rejection in the edge function was not handled')
      })
  }

  onDied (edgeFunction: string, failure: GuestFailure['kind'], detail: string): void {
    quietly(() => {
      this.#log.error({ edgeFunction, failure, detail }, 'edge function failed')
    })
  }

  onLogs (edgeFunction: string, lines: readonly string[]): void {
    for (const text of lines) quietly(() => { this.#log.debug({ edgeFunction, text }, 'edge function logs') })
  }

  onState (edgeFunction: string, state: FunctionState, reason: string): void {
    if (state === 'down')
      quietly(() => {
        this.#log.error({ edgeFunction, detail: reason }, 'an edge function is out of service')
      })
    this.#events.onFunctionState(edgeFunction, state, reason)
  }
}
