/** Numbers of one page. */
const PAGE = 16_384
const SHIFT = 14
const MASK = PAGE - 1

/**
 * 32-bit integers by index, in pages: growing allocates one page and copies nothing, so that a table of millions grows
 * without a pause. The pages lie outside of V8's heap and cost its collector nothing.
 */
export class Int32Column {
  readonly #pages: Int32Array[] = []

  get (at: number): number { return this.#pages[at >>> SHIFT]![at & MASK]! }
  set (at: number, value: number): void { this.#pages[at >>> SHIFT]![at & MASK] = value }

  /** Make room for the index `at`; what is new is 0. */
  reach (at: number): void { while (this.#pages.length * PAGE <= at) this.#pages.push(new Int32Array(PAGE)) }
}
