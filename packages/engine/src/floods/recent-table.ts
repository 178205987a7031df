/** Most entries of each table about clients. */
export const TABLE_ENTRIES = 200_000

/** Entries that are looked at for one that may go. */
const LOOKED = 8

/** An entry between the one that was used before it and the one that was used after it. */
interface Node<V> { readonly key: string, value: V, older: Node<V> | undefined, newer: Node<V> | undefined }

/**
 * Entries by key, at most so many: a new one beyond that takes the place of the least recently used. Each operation
 * takes the same time however full it is. A `Map` alone would not do: its first key is behind all that were deleted
 * before it, and a flood deletes one for each that it adds.
 */
export class RecentTable<V> {
  readonly #nodes = new Map<string, Node<V>>()
  readonly #most: number
  readonly #onEvicted: () => void
  readonly #keeps: ((value: V) => boolean) | undefined
  #oldest: Node<V> | undefined
  #newest: Node<V> | undefined

  /** `keeps`: entries that go only where none of the oldest can. */
  constructor (most: number, onEvicted: () => void, keeps?: (value: V) => boolean) {
    this.#most = most
    this.#onEvicted = onEvicted
    this.#keeps = keeps
  }

  get size (): number { return this.#nodes.size }

  /** Returns an entry without using it. */
  peek (key: string): V | undefined { return this.#nodes.get(key)?.value }

  /** Returns an entry, which is the most recent then. */
  use (key: string): V | undefined {
    const node = this.#nodes.get(key)
    if (node === undefined) return undefined
    if (node !== this.#newest) {
      this.#unlink(node)
      this.#append(node)
    }
    return node.value
  }

  set (key: string, value: V): void {
    const known = this.#nodes.get(key)
    if (known !== undefined) {
      known.value = value
      this.use(key)
      return
    }
    if (this.#nodes.size >= this.#most) this.#evict()
    const node: Node<V> = { key, value, older: undefined, newer: undefined }
    this.#nodes.set(key, node)
    this.#append(node)
  }

  /** Every value, the oldest first. */
  * values (): Generator<V> { for (let node = this.#oldest; node !== undefined; node = node.newer) yield node.value }

  #append (node: Node<V>): void {
    node.older = this.#newest
    node.newer = undefined
    if (this.#newest === undefined) this.#oldest = node
    else this.#newest.newer = node
    this.#newest = node
  }

  #unlink ({ older, newer }: Node<V>): void {
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
  }

  #evict (): void {
    let node = this.#oldest!
    for (let looked = 1; looked < LOOKED && node.newer !== undefined && this.#keeps?.(node.value) === true; looked++)
      node = node.newer
    if (this.#keeps?.(node.value) === true) node = this.#oldest!
    this.#unlink(node)
    this.#nodes.delete(node.key)
    this.#onEvicted()
  }
}
