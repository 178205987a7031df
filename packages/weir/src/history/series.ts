import type { CloseReason } from '@weirlb/model'
import { figureNames, type FigureName, type Figures } from './figures.ts'

/** Refused clients and requests by reason. */
export type Refusals = Readonly<Partial<Record<CloseReason, number>>>

/**
 * The latest figures of one user vserver, or of all together, in a ring of fixed size. Each figure has an array of its
 * own: 4 bytes a value, and nothing to collect.
 */
export class Series {
  readonly #size: number
  readonly #columns: Readonly<Record<FigureName, Float32Array>>
  readonly #reasons: (ReadonlyMap<CloseReason, number> | undefined)[]
  /** Sums of `#reasons`. */
  readonly #totals = new Map<CloseReason, number>()
  /** Number of the first sample that it has. */
  readonly from: number
  /** Number of the last sample in which something was open or happened. */
  busyAt: number

  /** Room for so many samples, from that number on. */
  constructor (size: number, from: number) {
    this.#size = size
    this.from = from
    this.busyAt = from
    this.#columns = Object.fromEntries(
      figureNames.map(name => [name, new Float32Array(size).fill(Number.NaN)])
    ) as Record<FigureName, Float32Array>
    this.#reasons = Array.from({ length: size }, () => undefined)
  }

  /** Set the sample of a number, in place of the one that is as many samples older as there is room for. */
  set (number: number, figures: Figures, byReason: ReadonlyMap<CloseReason, number>): void {
    const at = number % this.#size
    for (const name of figureNames) this.#columns[name][at] = figures[name] ?? Number.NaN
    for (const [reason, count] of this.#reasons[at] ?? []) this.#addTo(reason, -count)
    this.#reasons[at] = byReason.size === 0 ? undefined : byReason
    for (const [reason, count] of byReason) this.#addTo(reason, count)
    if (figures.connections! > 0 || figures.accepted! > 0 || figures.messages! > 0 || figures.refused! > 0)
      this.busyAt = number
  }

  /** The figures of a sample; null in each that it does not have. */
  at (number: number): Figures {
    return Object.fromEntries(figureNames.map(name => [name, this.#value(name, number)])) as Figures
  }

  /** The values of one figure in the samples of these numbers, both included. */
  column (name: FigureName, from: number, to: number): (number | null)[] {
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => this.#value(name, from + i))
  }

  /** What was refused in all samples that there are. */
  get refusals (): Refusals { return Object.fromEntries(this.#totals) }

  #value (name: FigureName, number: number): number | null {
    if (number < this.from) return null
    const value = this.#columns[name][number % this.#size]!
    // Three digits more than anybody reads, in place of all that 32 bits have.
    return Number.isNaN(value) ? null : Math.abs(value) >= 1000 ? Math.round(value) : Math.round(value * 1000) / 1000
  }

  #addTo (reason: CloseReason, count: number): void {
    const total = (this.#totals.get(reason) ?? 0) + count
    if (total === 0) this.#totals.delete(reason)
    else this.#totals.set(reason, total)
  }
}
