import type { Session } from './session.ts'

/** Entries whose time ends in the same second share a bucket. */
const BUCKET_MS = 1000

/**
 * Expiring entries, by the second in which their time ends. Adding and removing costs the same however many there are, and a sweep touches
 * buckets that are over and nothing else. The buckets' seconds stand in a heap, the earliest first.
 */
export class ExpiryBuckets {
  readonly #buckets = new Map<number, Set<Session>>()
  /** Binary heap of the keys of `#buckets`. */
  readonly #heap: number[] = []

  add (session: Session): void {
    // The end of the second: no entry of a bucket that is over still has time.
    const end = Math.ceil(session.expiresAt / BUCKET_MS)
    let bucket = this.#buckets.get(end)
    if (bucket === undefined) {
      this.#buckets.set(end, bucket = new Set())
      this.#push(end)
    }
    bucket.add(session)
    session.bucket = bucket
  }

  remove (session: Session): void {
    session.bucket?.delete(session)
    session.bucket = undefined
  }

  /** The next bucket that is over, taken out; undefined when there is none. */
  takeOver (now: number): Set<Session> | undefined {
    const end = this.#heap[0]
    return end !== undefined && end * BUCKET_MS <= now ? this.#pop(end) : undefined
  }

  /** One of the entries that expire first. */
  first (): Session | undefined {
    let end = this.#heap[0]
    while (end !== undefined) {
      for (const session of this.#buckets.get(end)!) return session
      this.#pop(end)
      end = this.#heap[0]
    }
    return undefined
  }

  #push (end: number): void {
    const heap = this.#heap
    let at = heap.push(end) - 1
    while (at > 0) {
      const parent = at - 1 >> 1
      if (heap[parent]! <= end) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = end
  }

  #pop (end: number): Set<Session> {
    const bucket = this.#buckets.get(end)!
    this.#buckets.delete(end)
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return bucket
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++
      if (heap[child]! >= last) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return bucket
  }
}
