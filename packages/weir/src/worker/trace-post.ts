import type { EngineEvents, TraceRecord } from '@weirlb/engine'
import type { FromWorker } from './messages.ts'
import type { Outbox } from './outbox.ts'

/**
 * Sends trace records to the control process. While that does not read, calls are only counted: a trace must not fill
 * the memory of a worker.
 */
export class TracePost {
  readonly #outbox: Outbox<FromWorker>
  /** Unsent records, by extension. */
  readonly #untold = new Map<string, number>()

  constructor (outbox: Outbox<FromWorker>) { this.#outbox = outbox }

  readonly onTraced: EngineEvents['onTraced'] = (
    extension: string,
    records: readonly TraceRecord[],
    dropped: number
  ): void => {
    const untold = (this.#untold.get(extension) ?? 0) + dropped
    if (!this.#outbox.roomy) {
      this.#untold.set(extension, untold + records.length)
      return
    }
    this.#untold.delete(extension)
    if (records.length > 0 || untold > 0) this.#outbox.push({ kind: 'traced', extension, records, dropped: untold })
  }
}
