import {
  Event,
  Op,
  type Cut,
  type Declaration,
  type GuestFailure,
  type GuestUsage,
  type LoadOptions
} from '@weirlb/sdk/abi'
import { emptyExtensionStats, emptyVersionStats } from '../stats/empty.ts'
import { statFields } from '../stats/fields.ts'
import { observe } from '../stats/histogram.ts'
import type { ExtensionStats, VersionStats } from '../stats/stats.ts'
import type { AnswerReader } from './answer.ts'
import type { Batch } from './batch.ts'
import { FunctionCounts } from './function-counts.ts'
import { Thrown } from './thrown.ts'

const MAX_COUNTERS = 256
/**
 * One crossing in so many is timed (a power of two): reading the clock twice for each was measured to cost 4 µs a round
 * trip, a tenth of it, where the clock is a system call.
 */
const TIMED = 64

/** Counters and usage of one version of an extension, and its part in the extension's totals. */
export class ExtensionAccount {
  readonly stats: ExtensionStats = emptyExtensionStats()
  /** This version's part of `stats`. */
  readonly counts: VersionStats = emptyVersionStats()
  /** What it has thrown. */
  readonly thrown = new Thrown()
  /** When the batch in flight was handed over, if it is timed; else 0. */
  #crossedAt = 0
  /** Of guests that are gone. */
  #cpuMsBefore = 0

  readonly #functions: FunctionCounts
  /** Counter of messages that the declared keys decide. */
  readonly #keysCounter: string | undefined

  constructor (version: number, declaration: Declaration) {
    this.stats.versions[version] = this.counts
    this.#functions = new FunctionCounts(declaration)
    const { client } = declaration
    this.#keysCounter = client.kind === 'messages' ? client.keys?.count : undefined
  }

  // ── connections ──────────────────────────────────────────────────────────

  joined (): void {
    this.counts.accepted++
    this.counts.connections++
  }

  /** A connection ended, perhaps for the version's fault. */
  left (failed: boolean): void {
    this.counts.connections--
    if (failed) this.counts.errors++
  }

  /** A connection is tunnelled because the version is unavailable. */
  failedOpen (): void {
    this.stats.failedOpen++
    this.counts.errors++
  }

  /** The bytes of one direction that wait for verdicts have become more or fewer by `change`, and are so many now. */
  onHeld (change: number, held: number): void {
    this.stats.heldBytes += change
    if (held > this.stats.heldBytesPeak) this.stats.heldBytesPeak = held
  }

  // ── crossings ────────────────────────────────────────────────────────────

  /** Count a crossing, and time it if it is sampled or observed. */
  crossing (looked: boolean): void {
    this.#crossedAt = (this.stats.crossings++ & (TIMED - 1)) === 0 || looked ? performance.now() : 0
  }

  /** The crossing is over. Returns its time in ms, 0 if it was not timed. */
  crossed (): number {
    const ms = this.crossingMs
    if (ms > 0) observe(this.stats.crossingMs, statFields.extensions.crossingMs.bounds, ms)
    if (ms > this.stats.batchMsPeak) this.stats.batchMsPeak = ms
    return ms
  }

  /** How long the crossing in flight has taken in ms, 0 when it is not timed. */
  get crossingMs (): number { return this.#crossedAt === 0 ? 0 : performance.now() - this.#crossedAt }

  /** Count the answer to an event of a side; `originatedBytes` is the limit of one message. */
  answered (event: number, side: number, answer: AnswerReader, originatedBytes: number): void {
    const stats = this.stats
    const { op } = answer
    this.#functions.answered(event, side, op)
    if (op === Op.threw) stats.throws++
    if (event === Event.message || event === Event.data) {
      if (op === Op.forward) stats.forwarded++
      else if (op === Op.drop) stats.dropped++
      else if (op === Op.reject) stats.rejected++
      else if (op === Op.malformed) stats.malformed++
    } else if (event === Event.open && op === Op.reject) stats.rejected++
    else if (event === Event.goodbye && op === Op.threw) this.counts.errors++
    // The excess is not in the answer: it was refused.
    const originated = op === Op.threw && answer.count > 0 ? originatedBytes : answer.originated
    if (originated > stats.originatedBytesPeak) stats.originatedBytesPeak = originated
  }

  /** The declared keys have decided a message of a client. */
  judgedByKeys (): void {
    this.stats.byKeys++
    if (this.#keysCounter !== undefined) this.count(this.#keysCounter, 1)
  }

  /** A rejection was unhandled. */
  unhandled (): void {
    this.stats.throws++
    this.counts.errors++
  }

  /** The author's own counters. */
  readonly count = (metric: string, by: number): void => {
    const counters = this.stats.counters
    const now = counters[metric]
    // A name per client would grow without end.
    if (now === undefined && Object.keys(counters).length >= MAX_COUNTERS) return
    counters[metric] = (now ?? 0) + by
  }

  // ── life of the guest ────────────────────────────────────────────────────

  /** The guest is there, for the first time or again. */
  guestUp (again: boolean): void {
    if (again) this.stats.rebuilds++
    else this.setState('up')
  }

  /** The request at `index` of a batch was stopped at its time limit; -1: unknown which. */
  cut ({ starved, cpuMs }: Cut, batch: Batch, index: number): void {
    const stats = this.stats
    if (starved) stats.starved++
    else {
      stats.timeouts++
      stats.batchMsPeak = Math.max(stats.batchMsPeak, cpuMs)
      this.#halted(batch, index)
    }
  }

  /** The request at `index` did not return. Behind the last one it was no call that ended the guest. */
  #halted (batch: Batch | undefined, index: number): void {
    if (batch !== undefined && index >= 0 && index < batch.count)
      this.#functions.halted(batch.events[index]!, batch.sides[index]!)
  }

  /** The guest has failed, with the first `given` answers of the batch in flight. */
  guestFailed (
    kind: GuestFailure['kind'],
    { heapMb }: LoadOptions,
    usage: GuestUsage,
    inFlight: Batch | undefined,
    given: number
  ): void {
    this.#halted(inFlight, given)
    const stats = this.stats
    if (kind === 'memory') {
      stats.memoryKills++
      // The heap is never sampled at that moment.
      stats.heapBytesPeak = Math.max(stats.heapBytesPeak, heapMb * 1024 * 1024)
    } else if (kind === 'lost') stats.lost++
    else stats.crashes++
    this.#cpuMsBefore += usage.cpuMs
    stats.heapBytes = 0
  }

  /** A strike; `downForMs` when it puts the version out of service. */
  strike (downForMs: number | undefined): void {
    this.counts.errors++
    this.stats.downUntil = downForMs === undefined ? 0 : Math.ceil(Date.now() + downForMs)
  }

  /** Set the status of the version. */
  setState (state: 'up' | 'rebuilding' | 'down'): void {
    this.stats.up = this.counts.up = state === 'up' ? 1 : 0
    this.stats.down = this.counts.down = state === 'down' ? 1 : 0
    if (state !== 'down') this.stats.downUntil = 0
  }

  /** Record the guest's current usage, and the strikes within the window. */
  use (usage: GuestUsage | undefined, strikes: number): void {
    const stats = this.stats
    stats.strikes = strikes
    this.#functions.writeTo(stats.functions)
    if (usage === undefined) return
    stats.heapBytes = usage.heapBytes
    stats.heapBytesPeak = Math.max(stats.heapBytesPeak, usage.heapBytes)
    stats.cpuMs = this.#cpuMsBefore + usage.cpuMs
  }

  /** The version is no more: it uses nothing, and what it did stays counted. */
  close (): void {
    this.setState('rebuilding')
    this.stats.strikes = 0
    this.stats.heapBytes = 0
  }
}
