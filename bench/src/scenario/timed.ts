import { usual, type Path, type Running, type Setting } from '../paths/path.ts'
import type { Order } from '../processes/order.ts'
import type { Row, Sample, TimedReport } from '../result.ts'
import { takesPart, type Bench, type Effort, type Scenario } from './scenario.ts'

/** One of several ways in which a scenario is run, side by side. */
export interface Variant {
  /** After the name of the path. */
  readonly name: string
  readonly setting?: Partial<Setting>
  /** Connections, where variants differ in that. */
  readonly connections?: number
}

export interface TimedOptions {
  readonly id: string
  readonly title: string
  readonly unit: 'round trip' | 'connect' | 'message' | 'request'
  readonly long?: true
  readonly setting?: Partial<Setting>
  /** Default: one. */
  readonly variants?: (effort: Effort) => readonly Variant[]
  /** The paths, where not all are wanted. */
  readonly only?: (path: string) => boolean
  /** Rounds at most. */
  readonly rounds?: number
  /** Seconds of a round before the first, which does not count: what runs once a connect or a request is compiled after some thousands of them. */
  readonly uncountedSeconds?: number
  /** A load without a pace of its own gets half of what the slowest path reaches under this one. */
  readonly fullLoad?: (port: number, effort: Effort) => Order
  order (to: { readonly port: number, readonly pace: number, readonly connections: number }, effort: Effort): Order
}

interface Wanted { readonly row: Row, readonly variant: Variant, readonly path: Path, readonly setting: Setting }
interface Measured { readonly row: Row, readonly variant: Variant, readonly running: Running }

/** What a first, short look at every path takes. */
const LOOK = { warmUpSeconds: 0.2, seconds: 0.5 }

class Timed {
  readonly #bench: Bench
  readonly #options: TimedOptions
  readonly #without: { path: string, why: string }[] = []
  readonly #rows: Row[] = []
  /** Those that have not broken. */
  #measured: Measured[] = []

  constructor (bench: Bench, options: TimedOptions) {
    this.#bench = bench
    this.#options = options
  }

  async measure (): Promise<TimedReport> {
    const { effort } = this.#bench
    const { id, title, unit, fullLoad, order } = this.#options
    const rounds: Record<string, Sample>[] = []
    let pace: number | undefined
    try {
      await this.#start()
      if (fullLoad !== undefined) {
        const reached = await this.#round(({ running }) => fullLoad(running.port, { ...effort, ...LOOK }))
        pace = Math.floor(Math.min(...Object.values(reached).map(sample => sample.perSecond)) / 2)
      }
      const { uncountedSeconds } = this.#options
      const orderOf = ({ running, variant }: Measured, effort: Effort): Order => order({ port: running.port, pace: pace ?? 0, connections: variant.connections ?? 0 }, effort)
      if (uncountedSeconds !== undefined && effort.rounds > 1) await this.#round(measured => orderOf(measured, { ...effort, seconds: uncountedSeconds }))
      for (let round = 0; round < Math.min(effort.rounds, this.#options.rounds ?? Infinity); round++) {
        rounds.push(await this.#round(measured => orderOf(measured, effort)))
      }
    } finally {
      await Promise.all(this.#measured.map(async ({ running }) => { await this.#bench.proxies.done(running) }))
    }
    return { kind: 'timed', id, title, unit, rows: this.#rows, rounds, pace, without: this.#without }
  }

  async #start (): Promise<void> {
    const wanted = this.#wanted()
    const started = await Promise.allSettled(wanted.map(async ({ path, setting }) => await this.#bench.proxies.take(path, setting)))
    for (const [i, { row, variant }] of wanted.entries()) {
      const result = started[i]!
      if (result.status === 'fulfilled') {
        this.#rows.push(row)
        this.#measured.push({ row, variant, running: result.value })
      } else this.#fail(row, result.reason as Error)
    }
  }

  #wanted (): Wanted[] {
    const { paths, effort } = this.#bench
    const wanted: Wanted[] = []
    for (const variant of this.#options.variants?.(effort) ?? [{ name: '' }]) {
      const setting = { ...usual, ...this.#options.setting, ...variant.setting }
      for (const path of paths) {
        const direct = path === paths[0]
        // The ends are the same in every setting.
        const inAll = direct && variant.connections === undefined
        if (inAll && wanted.length > 0) continue
        if (!direct && (!takesPart(this.#bench, path) || this.#options.only?.(path.name) === false)) continue
        const why = path.without(setting)
        if (why === undefined) {
          const name = inAll ? '' : variant.name
          wanted.push({ path, setting, variant, row: { name: name === '' ? path.name : `${path.name}, ${name}`, path: path.name, variant: name } })
        } else if (!this.#without.some(each => each.path === path.name)) this.#without.push({ path: path.name, why })
      }
    }
    return wanted
  }

  /** Once on every path. One that breaks is left out from then on. */
  async #round (order: (measured: Measured) => Order): Promise<Record<string, Sample>> {
    const samples: Record<string, Sample> = {}
    for (const measured of [...this.#measured]) {
      try {
        samples[measured.row.name] = await this.#bench.ends.sample(measured.running, order(measured))
      } catch (error) {
        this.#fail(measured.row, error as Error)
        this.#measured = this.#measured.filter(other => other !== measured)
        await this.#bench.ends.renewLoad()
        await this.#bench.proxies.discard(measured.running)
      }
    }
    return samples
  }

  #fail ({ name }: Row, { message }: Error): void { this.#bench.failures.push({ scenario: this.#options.id, path: name, why: message }) }
}

/** A scenario in which a load runs for a while on every path in turn, round by round. */
export const timed = (options: TimedOptions): Scenario => ({
  id: options.id,
  title: options.title,
  ...(options.long === undefined ? {} : { long: options.long }),
  measure: async bench => await new Timed(bench, options).measure()
})
