import { ADDRESS, type SlotRows } from './slot-rows.ts'

/** Blocks begin at multiples of this many bytes. */
const UNIT = 8
const PAGE_BYTES = 65_536
const PAGE_UNITS = PAGE_BYTES / UNIT
const PAGE_SHIFT = 13
const PAGE_MASK = PAGE_UNITS - 1
/** Slot of the key (4 bytes), its length (1 byte). */
const HEADER = 5
/** Dead bytes that are not worth the copying. */
const MAX_WASTE = 4 * PAGE_BYTES

/** Longest key that fits. */
export const MAX_KEY = 255

interface Page {
  readonly bytes: Buffer
  /** The same memory. */
  readonly words: Int32Array
  /** Units of blocks whose key is still there. */
  live: number
  /** Units that were given out. */
  used: number
}

/**
 * Keys by slot, as bytes in pages:
 *
 *     page ─ | slot u32 | length u8 | key, latin1 | padding to 8 | slot u32 | …
 *
 * A new key is appended to the newest page. A removed key leaves a gap. A page without keys is released. While more
 * than half of the memory is gaps, each new page moves the keys out of the page with the fewest. So the keys take at
 * most twice their size, whatever lengths come and go.
 */
export class KeyArena {
  /** Position of each slot's key, in units. */
  readonly #rows: SlotRows
  readonly #pages: (Page | undefined)[] = []
  /** Indices in `#pages` that are free. */
  readonly #vacant: number[] = []
  #current = -1
  #liveUnits = 0
  #pageCount = 0

  constructor (rows: SlotRows) { this.#rows = rows }

  /** Bytes that the pages take. */
  get bytes (): number { return this.#pageCount * PAGE_BYTES }

  /** Keep the key of a slot that has none. Throws a RangeError for one that is longer than `MAX_KEY`. */
  store (slot: number, key: string): void {
    if (key.length > MAX_KEY)
      throw new RangeError(
        `a session key is stored in ${MAX_KEY} bytes at most, got ${key.length}: longer ones are hashed by storedKey()`
      )
    const units = unitsOf(key.length)
    const page = this.#room(units)
    const at = page.used * UNIT
    page.words[at >>> 2] = slot
    page.bytes[at + 4] = key.length
    for (let i = 0, to = at + HEADER; i < key.length; i++, to++) page.bytes[to] = key.charCodeAt(i)
    this.#took(page, slot, units)
  }

  read (slot: number): string {
    const address = this.#rows.get(slot, ADDRESS)
    const { bytes } = this.#pages[address >>> PAGE_SHIFT]!
    const at = (address & PAGE_MASK) * UNIT
    return bytes.toString('latin1', at + HEADER, at + HEADER + bytes[at + 4]!)
  }

  equals (slot: number, key: string): boolean {
    const address = this.#rows.get(slot, ADDRESS)
    const { bytes } = this.#pages[address >>> PAGE_SHIFT]!
    const at = (address & PAGE_MASK) * UNIT
    if (bytes[at + 4] !== key.length) return false
    for (let i = 0, from = at + HEADER; i < key.length; i++, from++) if (bytes[from] !== key.charCodeAt(i)) return false
    return true
  }

  free (slot: number): void {
    const address = this.#rows.get(slot, ADDRESS)
    const index = address >>> PAGE_SHIFT
    const page = this.#pages[index]!
    const units = unitsOf(page.bytes[(address & PAGE_MASK) * UNIT + 4]!)
    // No key has this address: moving the page's keys must not take the gap for one.
    this.#rows.set(slot, ADDRESS, -1)
    page.live -= units
    this.#liveUnits -= units
    if (page.live > 0) return
    if (index === this.#current) page.used = 0
    else this.#drop(index)
  }

  #took (page: Page, slot: number, units: number): void {
    this.#rows.set(slot, ADDRESS, this.#current * PAGE_UNITS + page.used)
    page.used += units
    page.live += units
    this.#liveUnits += units
  }

  /** The newest page, with room for so many units. */
  #room (units: number): Page {
    let page = this.#pages[this.#current]
    if (page !== undefined && page.used + units <= PAGE_UNITS) return page
    page = this.#newest()
    // The moved keys take at most half of the new page.
    if (this.bytes - this.#liveUnits * UNIT > this.#liveUnits * UNIT + MAX_WASTE) this.#empty(this.#sparsest())
    return page
  }

  #newest (): Page {
    const bytes = Buffer.allocUnsafeSlow(PAGE_BYTES)
    const page: Page = { bytes, words: new Int32Array(bytes.buffer), live: 0, used: 0 }
    this.#current = this.#vacant.pop() ?? this.#pages.length
    this.#pages[this.#current] = page
    this.#pageCount++
    return page
  }

  #drop (index: number): void {
    this.#pages[index] = undefined
    this.#vacant.push(index)
    this.#pageCount--
  }

  /** The page with fewest keys, of those that have half of their memory in gaps; -1 when there is none. */
  #sparsest (): number {
    let found = -1
    let least = PAGE_UNITS / 2
    for (let index = 0; index < this.#pages.length; index++) {
      const page = this.#pages[index]
      if (page === undefined || index === this.#current || page.live > least) continue
      found = index
      least = page.live
    }
    return found
  }

  /** Move the keys of a page into the newest one, which has room for them. */
  #empty (index: number): void {
    const from = this.#pages[index]
    if (from === undefined) return
    const to = this.#pages[this.#current]!
    for (let unit = 0; unit < from.used;) {
      const at = unit * UNIT
      const slot = from.words[at >>> 2]!
      const units = unitsOf(from.bytes[at + 4]!)
      if (this.#rows.get(slot, ADDRESS) === index * PAGE_UNITS + unit) {
        to.bytes.set(from.bytes.subarray(at, at + units * UNIT), to.used * UNIT)
        this.#liveUnits -= units
        this.#took(to, slot, units)
      }
      unit += units
    }
    this.#drop(index)
  }
}

const unitsOf = (length: number): number => HEADER + length + UNIT - 1 >>> 3
