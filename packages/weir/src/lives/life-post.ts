import { BoundedReport } from '@weirlb/engine'
import { isMeant, type Life, type LifeFilter } from './life.ts'

/** Gathers what somebody looks at. */
export class LifePost {
  readonly #report: BoundedReport<Life>
  #filters: readonly LifeFilter[] = []

  constructor (report: (lives: readonly Life[], dropped: number) => void) { this.#report = new BoundedReport(report) }

  get wanted (): boolean { return this.#filters.length > 0 }

  /** Report what one of these filters is about; none: nothing. */
  watch (filters: readonly LifeFilter[]): void { this.#filters = filters }

  add (life: Life): void {
    if (this.#filters.some(filter => isMeant(filter, life)) && this.#report.take()) this.#report.add(life)
  }
}
