import type { BatchSink, Cut, Declaration, Guest, GuestFailure, GuestUsage, SharedMemory } from '@weirlb/sdk/abi'
import type { Ticks } from './ticks.ts'

/** A guest in rehearsals: counts its crossings and keeps its last failure. */
export class RehearsedGuest implements Guest, BatchSink {
  readonly #guest: Guest
  readonly #ticks: Ticks
  #sink!: BatchSink
  crossings = 0
  /** Why its last call failed: a request was stopped, or the guest is dead. */
  failure: GuestFailure | undefined

  constructor (guest: Guest, ticks: Ticks) {
    this.#guest = guest
    this.#ticks = ticks
  }

  get declaration (): Declaration { return this.#guest.declaration }
  get memory (): SharedMemory { return this.#guest.memory }

  run (bank: number, count: number, sink: BatchSink): void {
    this.crossings++
    this.#sink = sink
    this.#ticks.await()
    this.#guest.run(bank, count, this)
  }

  batchDone (bank: number, processed: number, unhandled?: string): void {
    this.#sink.batchDone(bank, processed, unhandled)
    this.#ticks.came()
  }

  batchCut (bank: number, processed: number, cut: Cut): void {
    this.failure = { kind: 'timeout', message: cut.message }
    this.#sink.batchCut(bank, processed, cut)
    this.#ticks.came()
  }

  batchFailed (bank: number, failure: GuestFailure, processed: number): void {
    this.failure = failure
    this.#sink.batchFailed(bank, failure, processed)
    this.#ticks.came()
  }

  mapStack (stack: string): string { return this.#guest.mapStack(stack) }
  setBatchTimeout (ms: number): void { this.#guest.setBatchTimeout(ms) }
  usage (): GuestUsage { return this.#guest.usage() }
  dispose (): void { this.#guest.dispose() }
}
