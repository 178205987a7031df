import { workAgainst } from '../page/over-rounds.ts'
import { HAPROXY } from '../paths/names.ts'
import { usual, type Path, type Running, type Setting } from '../paths/path.ts'
import type { Order } from '../processes/order.ts'
import type { Row, Sample, TimedReport } from '../result.ts'
import { uncertainty } from '../statistics.ts'
import { takesPart, type Bench, type Effort, type Scenario } from './scenario.ts'

/** One of several ways in which a scenario is run, side by side. */
export interface Variant {
  /** After the name of the path. */
  readonly name: string
  readonly setting?: Partial<Setting>
  /** Connections, where variants differ in that. */
  readonly connections?: number
  /**
   * The rate of an open loop, as a share of what HAProxy reaches under the full load, or else the slowest path. Such
   * variants share their proxies.
   */
  readonly share?: number
}

export interface TimedOptions {
  readonly id: string
  readonly title: string
  readonly unit: 'round trip' | 'connect' | 'message' | 'request' | 'command'
  /** The path that the others are held against. Default: HAProxy. */
  readonly beside?: string
  readonly long?: true
  readonly setting?: Partial<Setting>
  /** Default: one. */
  readonly variants?: (effort: Effort) => readonly Variant[]
  /** The paths, where not all are wanted. */
  readonly only?: (path: string) => boolean
  /** Rounds at most. */
  readonly rounds?: number
  /**
   * Seconds of a round before the first, which does not count: what runs once a connect or a request is compiled after
   * some thousands of them.
   */
  readonly uncountedSeconds?: number
  /** Tells the rate that variants with a share have a share of. */
  readonly fullLoad?: (port: number, effort: Effort) => Order
  order (to: { readonly port: number, readonly pace: number, readonly connections: number }, effort: Effort): Order
}

interface Wanted { readonly row: Row, readonly variant: Variant, readonly path: Path, readonly setting: Setting }
interface Measured { readonly row: Row, readonly variant: Variant, readonly running: Running }

/** What a first, short look at every path takes. */
const LOOK = { warmUpSeconds: 0.5, seconds: 1 }
/** Ratios that are known this well need no more rounds. */
const WELL_KNOWN = 0.1

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
    const { id, title, unit, beside, fullLoad, order } = this.#options
    const rounds: Record<string, Sample>[] = []
    let paces: Record<string, number> | undefined
    try {
      await this.#start()
      if (fullLoad !== undefined) paces = await this.#paces(running => fullLoad(running.port, { ...effort, ...LOOK }))
      const { uncountedSeconds } = this.#options
      const orderOf = ({ running, variant }: Measured, effort: Effort): Order =>
        order({ port: running.port, pace: paces?.[variant.name] ?? 0, connections: variant.connections ?? 0 }, effort)
      if (uncountedSeconds !== undefined && effort.rounds > 1)
        await this.#round(measured => orderOf(measured, { ...effort, seconds: uncountedSeconds }))
      const { rounds: most = Infinity } = this.#options
      const enough = (): boolean =>
        rounds.length >= Math.min(effort.mostRounds, most) ||
        rounds.length >= Math.min(effort.rounds, most) && this.#wellKnown(rounds)
      do rounds.push(await this.#round(measured => orderOf(measured, effort)))
      while (!enough())
    } finally {
      await Promise.all([...new Set(this.#measured.map(({ running }) => running))].map(async running => {
        await this.#bench.proxies.done(running)
      }))
    }
    return { kind: 'timed', id, title, unit, beside, rows: this.#rows, rounds, paces, without: this.#without }
  }

  /** Whether the work of every path beside that of the one they are held against is known well. */
  #wellKnown (rounds: TimedReport['rounds']): boolean {
    return this.#rows.every(row => {
      const ratios = workAgainst({ rows: this.#rows, rounds }, row, this.#options.beside ?? HAPROXY)
      return ratios.length === 0 || uncertainty(ratios) < WELL_KNOWN
    })
  }

  /** The rate of each variant. */
  async #paces (fullLoad: (running: Running) => Order): Promise<Record<string, number>> {
    const first = this.#measured.filter(({ row, variant }, i) =>
      this.#measured.findIndex(other => other.row.path === row.path) === i && variant.share !== undefined
    )
    const reached = await this.#round(({ running }) => fullLoad(running), first)
    const rateOf = (row: Row): number => reached[row.name]?.perSecond ?? Infinity
    const haproxy = first.find(({ row }) => row.path === HAPROXY)
    const most = haproxy !== undefined && Number.isFinite(rateOf(haproxy.row))
      ? rateOf(haproxy.row)
      : Math.min(...first.map(({ row }) => rateOf(row)))
    return Object.fromEntries(
      this.#measured.flatMap(({ variant: { name, share } }) =>
        share === undefined ? [] : [[name, Math.floor(share * most)]]
      )
    )
  }

  async #start (): Promise<void> {
    const wanted = this.#wanted()
    const shared = new Map<Path, Promise<Running>>()
    // One after the other: at a high load, several at once can be too slow for the time that a worker has to start.
    for (const { row, path, setting, variant } of wanted) {
      try {
        const starting = (variant.share === undefined ? undefined : shared.get(path)) ??
          this.#bench.proxies.take(path, setting)
        shared.set(path, starting)
        const running = await starting
        this.#rows.push(row)
        this.#measured.push({ row, variant, running })
      } catch (error) {
        this.#fail(row, error as Error)
      }
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
        const inAll = direct && variant.connections === undefined && variant.share === undefined
        if (inAll && wanted.length > 0) continue
        if (!direct && (!takesPart(this.#bench, path) || this.#options.only?.(path.name) === false)) continue
        const why = path.without(setting)
        if (why === undefined) {
          const name = inAll ? '' : variant.name
          wanted.push({
            path,
            setting,
            variant,
            row: { name: name === '' ? path.name : `${path.name}, ${name}`, path: path.name, variant: name }
          })
        } else if (!this.#without.some(each => each.path === path.name)) this.#without.push({ path: path.name, why })
      }
    }
    return wanted
  }

  /** Once on every path. One that breaks is left out from then on. */
  async #round (order: (measured: Measured) => Order, of = this.#measured): Promise<Record<string, Sample>> {
    const samples: Record<string, Sample> = {}
    for (const measured of [...of]) {
      try {
        samples[measured.row.name] = await this.#bench.ends.sample(measured.running, order(measured))
      } catch (error) {
        this.#fail(measured.row, error as Error)
        this.#measured = this.#measured.filter(other => other !== measured)
        await this.#bench.ends.renewLoad()
        if (!this.#measured.some(({ running }) => running === measured.running))
          await this.#bench.proxies.discard(measured.running)
      }
    }
    return samples
  }

  #fail ({ name }: Row, { message }: Error): void {
    this.#bench.failures.push({ scenario: this.#options.id, path: name, why: message })
  }
}

/** A scenario in which a load runs for a while on every path in turn, round by round. */
export const timed = (options: TimedOptions): Scenario => ({
  id: options.id,
  title: options.title,
  ...(options.long === undefined ? {} : { long: options.long }),
  measure: async bench => await new Timed(bench, options).measure()
})
