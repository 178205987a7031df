import type { EngineStats } from '@weirlb/engine'
import { lookUp, recordFrom } from '@weirlb/model'
import { figureNames, type FigureName, type Figures } from './figures.ts'
import { Series, type Refusals } from './series.ts'
import { Tally } from './tally.ts'

/** Time between two samples, and for how long they are kept. */
export const SAMPLE_MS = 2000
const KEPT_MS = 3_600_000
/**
 * User vservers with a history of their own: 100 KB each. Of more, the first that have clients get one; all are in the
 * sums.
 */
const MAX_SERIES = 100
/** Missed samples that a follower is sent; more are as quickly asked for together. */
const MAX_REPLAYED = 60

/** The statistics of a process at its last report. `id`: another for each process. */
export interface ProcessStats { readonly id: number, readonly stats: EngineStats }

/** Figures, and what was refused in the kept time. */
export type SampleFigures = Figures & { readonly refusals: Refusals }

/** What is sent of a sample. */
export interface Sample {
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  readonly all: SampleFigures
  readonly userVservers: Readonly<Record<string, SampleFigures>>
}

/** The kept samples, the oldest first. */
export interface HistoryView {
  /** Of the last sample, for `follow`. */
  readonly lastId: string
  readonly everySeconds: number
  /** Milliseconds since 1970 (UTC). */
  readonly times: readonly number[]
  readonly figures: Readonly<Record<FigureName, readonly (number | null)[]>>
  readonly refusals: Refusals
  /** User vservers that have a history. */
  readonly userVservers: readonly string[]
}

/** Receives samples. */
export interface HistoryFollower {
  send (sample: Sample, id: string): void
  /** So many samples were missed: the history has them. */
  lost (count: number): void
}

/** Options of a StatsHistory. */
export interface StatsHistoryOptions {
  /** The statistics of every process, as they were last reported: nobody is asked. */
  readonly processes: () => readonly ProcessStats[]
  /** Names of the user vservers that there are. */
  readonly userVservers: () => readonly string[]
  /** Milliseconds. */
  readonly everyMs?: number
  readonly size?: number
}

/**
 * The latest hour of figures, in memory, a sample every two seconds: 1,800 samples of 11 figures, of all user vservers
 * together and of 100 of them. Its size is bounded whatever happens, and a restart begins anew.
 */
export class StatsHistory {
  readonly #options: StatsHistoryOptions
  readonly #everyMs: number
  readonly #size: number
  /** Runs of one server differ. */
  readonly #run = Date.now().toString(36)
  readonly #times: Float64Array
  readonly #all: Series
  readonly #series = new Map<string, Series>()
  readonly #followers = new Set<HistoryFollower>()
  #before = new Map<number, EngineStats>()
  #lookedAt = 0
  /** Number of the last sample; the first is 1. */
  #last = 0
  #timer: NodeJS.Timeout | undefined

  constructor (options: StatsHistoryOptions) {
    this.#options = options
    this.#everyMs = options.everyMs ?? SAMPLE_MS
    this.#size = options.size ?? KEPT_MS / SAMPLE_MS
    this.#times = new Float64Array(this.#size)
    this.#all = new Series(this.#size, 1)
  }

  /** Begin to sample; it never keeps the process alive. */
  start (): void {
    if (this.#timer !== undefined) return
    this.#look()
    this.#timer = setInterval(() => { this.sample() }, this.#everyMs).unref()
  }

  stop (): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Returns the samples of a user vserver, or of all together. Undefined: it has none yet. */
  view (userVserver?: string): HistoryView | undefined {
    const series = userVserver === undefined ? this.#all : this.#series.get(userVserver)
    if (series === undefined) return undefined
    const from = Math.max(this.#oldest, series.from)
    return {
      lastId: this.#id(this.#last),
      everySeconds: this.#everyMs / 1000,
      times: Array.from(
        { length: Math.max(0, this.#last - from + 1) },
        (_, i) => this.#times[(from + i) % this.#size]!
      ),
      figures: Object.fromEntries(
        figureNames.map(name => [name, series.column(name, from, this.#last)])
      ) as unknown as HistoryView['figures'],
      refusals: series.refusals,
      userVservers: [...this.#series.keys()]
    }
  }

  /** Send samples from now on, after those behind `lastId`, until the returned function is called. */
  follow (lastId: string | undefined, follower: HistoryFollower): () => void {
    if (lastId !== undefined) this.#replay(lastId, follower)
    this.#followers.add(follower)
    return () => { this.#followers.delete(follower) }
  }

  /** Take a sample now. */
  sample (): void {
    const before = this.#before
    const seconds = Math.max(0.001, (performance.now() - this.#lookedAt) / 1000)
    const processes = this.#look()
    const known = new Set(this.#options.userVservers())
    const all = new Tally()
    const tallies = new Map<string, Tally>()
    for (const { id, stats } of processes) {
      const old = before.get(id)
      all.addLoop(stats, old)
      for (const [name, now] of Object.entries(stats.userVservers)) {
        if (!known.has(name)) continue
        const past = old === undefined ? undefined : lookUp(old.userVservers, name)
        all.add(now, past)
        let tally = tallies.get(name)
        if (tally === undefined) tallies.set(name, tally = new Tally())
        tally.add(now, past)
      }
    }
    const number = ++this.#last
    this.#times[number % this.#size] = Date.now()
    this.#all.set(number, all.figures(seconds), all.byReason)
    this.#forget(known)
    for (const [name, tally] of tallies) this.#roomFor(name, tally)?.set(number, tally.figures(seconds), tally.byReason)
    if (this.#followers.size === 0) return
    const sample = this.#sampleOf(number)
    for (const follower of this.#followers) follower.send(sample, this.#id(number))
  }

  get #oldest (): number { return Math.max(1, this.#last - this.#size + 1) }

  #id (number: number): string { return `${this.#run}.${number}` }

  #look (): readonly ProcessStats[] {
    const processes = this.#options.processes()
    this.#before = new Map(processes.map(({ id, stats }) => [id, stats]))
    this.#lookedAt = performance.now()
    return processes
  }

  /** Those that are gone, and those that did nothing for as long as is kept. */
  #forget (known: ReadonlySet<string>): void {
    for (const [name, series] of this.#series)
      if (!known.has(name) || this.#last - series.busyAt > this.#size) this.#series.delete(name)
  }

  #roomFor (name: string, { connections, accepted }: Tally): Series | undefined {
    const found = this.#series.get(name)
    if (found !== undefined) return found
    if (this.#series.size >= MAX_SERIES || (connections === 0 && accepted === 0 && this.#series.size >= MAX_SERIES / 2))
      return undefined
    const series = new Series(this.#size, this.#last)
    this.#series.set(name, series)
    return series
  }

  #sampleOf (number: number): Sample {
    const figuresOf = (series: Series): SampleFigures => ({ ...series.at(number), refusals: series.refusals })
    return {
      time: this.#times[number % this.#size]!,
      all: figuresOf(this.#all),
      userVservers: recordFrom([...this.#series].map(([name, series]) => [name, figuresOf(series)]))
    }
  }

  #replay (lastId: string, follower: HistoryFollower): void {
    const [run, text] = lastId.split('.')
    const number = run === this.#run ? Number(text) : 0
    const from = Number.isInteger(number) && number >= 0 ? number : 0
    if (this.#last - from > MAX_REPLAYED) return follower.lost(this.#last - from)
    for (let missed = from + 1; missed <= this.#last; missed++) follower.send(this.#sampleOf(missed), this.#id(missed))
  }
}
