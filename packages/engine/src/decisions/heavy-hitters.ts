/** A value and how often it came: at most `count`, and at least `count - error`. */
export interface Hitter { readonly value: string, readonly count: number, readonly error: number }

interface Entry { readonly value: string, count: number, readonly error: number, at: number }

/**
 * The most frequent values of a stream in bounded memory: "Space-Saving" (Metwally, Agrawal, El Abbadi, 2005). A new
 * value takes the place of the rarest one and inherits its count as its error, so that every value with more than
 * 1/size of the whole is there.
 *
 * The entries are a heap, the rarest on top: a value that comes again sinks by a few places.
 */
export class HeavyHitters {
  readonly #size: number
  readonly #byValue = new Map<string, Entry>()
  readonly #heap: Entry[] = []

  /** `size`: maximum values that are kept. */
  constructor (size: number) { this.#size = size }

  add (value: string, times = 1): void {
    let entry = this.#byValue.get(value)
    if (entry !== undefined) entry.count += times
    else if (this.#heap.length < this.#size) {
      entry = { value, count: times, error: 0, at: this.#heap.length }
      this.#heap.push(entry)
      this.#byValue.set(value, entry)
      this.#rise(entry)
      return
    } else {
      const rarest = this.#heap[0]!
      this.#byValue.delete(rarest.value)
      entry = { value, count: rarest.count + times, error: rarest.count, at: 0 }
      this.#heap[0] = entry
      this.#byValue.set(value, entry)
    }
    this.#sink(entry)
  }

  /** Values that are not there came at most so often. */
  get floor (): number { return this.#heap.length < this.#size ? 0 : this.#heap[0]!.count }

  get length (): number { return this.#heap.length }

  /** Every value that is kept, in no order. */
  all (): Hitter[] { return this.#heap.map(({ value, count, error }) => ({ value, count, error })) }

  #rise (entry: Entry): void {
    const heap = this.#heap
    let at = entry.at
    while (at > 0) {
      const parent = heap[(at - 1) >> 1]!
      if (parent.count <= entry.count) break
      heap[at] = parent
      const place = parent.at
      parent.at = at
      at = place
    }
    heap[at] = entry
    entry.at = at
  }

  #sink (entry: Entry): void {
    const heap = this.#heap
    let at = entry.at
    for (;;) {
      const left = 2 * at + 1
      if (left >= heap.length) break
      const right = left + 1
      const child = right < heap.length && heap[right]!.count < heap[left]!.count ? heap[right]! : heap[left]!
      if (child.count >= entry.count) break
      heap[at] = child
      const place = child.at
      child.at = at
      at = place
    }
    heap[at] = entry
    entry.at = at
  }
}
