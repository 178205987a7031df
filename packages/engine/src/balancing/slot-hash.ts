import type { Candidate } from './method.ts'
import { bytesHash, mix, stringHash } from './string-hash.ts'

/** Keys fall into this many slots; each slot has its service. */
const BITS = 18
const SLOTS = 1 << BITS
const MASK = SLOTS - 1
const HALF = BITS / 2
/** Up to this many services are compared for each key, which takes no longer than the table and no memory. */
const FEW = 16
/**
 * Draws considered for a slot on average when the table is made: e^-5 of the slots, 0.7 %, have none, and are compared
 * when they are needed.
 */
const DRAWS = 5
/** Draws of a step: the table is made by its users, some 40 µs each, so that none waits long. */
const STEP = 4096
/** Largest list of services. */
export const MAX_CANDIDATES = 4096

/** The inverse of an odd number modulo 2^32. */
const inverse = (odd: number): number => {
  let found = odd
  for (let i = 0; i < 4; i++) found = Math.imul(found, 2 - Math.imul(odd, found))
  return found
}

/**
 * Same key → same service, in every process and after every restart: weighted rendezvous hashing, in a time that does
 * not depend on the number of services.
 *
 * Every service draws a number for each slot, and the best one has the slot; a service's number does not depend on the
 * others. So a service that joins takes its share from all others and moves no other key, and one that is down gives
 * its keys to all others. A draw u in (0, 1) becomes -ln(1 - u) / weight, an exponential arrival time: the chance to be
 * first is proportional to the weight.
 *
 *   key ──hash──► slot ──► table[slot] ──► service          more than FEW services, table made
 *                   └────► all services' draws ──► best      else, or its service cannot take the client
 *
 * A service's draws are a permutation of the slots, so it can also name the slots in which it drew well. These alone
 * are looked at to make the table: DRAWS a slot, however many services there are.
 */
export class SlotHash {
  #candidates: readonly Candidate[] = []
  /** Four numbers of each service: its permutation. */
  #keys = new Int32Array(0)
  #weights = new Float64Array(0)
  #total = 0
  /** All weigh the same. */
  #alike = true
  /** The service of each slot, -1 where it is not known; undefined: there are few services, or no key has come yet. */
  #table: Int16Array | undefined
  /** Best arrival times so far, while the table is made. */
  #times: Float32Array | undefined
  #making = 0
  #rank = 0
  #within = 0
  #firstInverse = 1
  #secondInverse = 1

  /** Take another list. Keys of services that stay keep theirs. */
  meet (candidates: readonly Candidate[]): void {
    if (candidates.length > MAX_CANDIDATES)
      throw new RangeError(`${candidates.length} candidates; at most ${MAX_CANDIDATES}`)
    this.#candidates = candidates
    this.#weights = Float64Array.from(candidates, ({ weight }) => weight)
    this.#total = this.#weights.reduce((sum, weight) => sum + weight, 0)
    this.#alike = candidates.every(({ weight }) => weight === candidates[0]!.weight)
    this.#keys = new Int32Array(4 * candidates.length)
    for (const [i, { name }] of candidates.entries()) {
      const a = stringHash(name, 3)
      const b = stringHash(name, 4)
      this.#keys.set([a, b | 1, mix(a ^ b), mix(b + 0x9e3779b9 | 0) | 1], 4 * i)
    }
    this.#table = undefined
    this.#times = undefined
  }

  /** The slot of a key. */
  slot (key: string): number { return stringHash(key, 1) >>> 32 - BITS }

  /** The slot of a key that stands in these bytes. */
  slotIn (bytes: Uint8Array, from: number, to: number): number { return bytesHash(bytes, from, to, 1) >>> 32 - BITS }

  /** Index of the service that has a slot, of those with this standing; -1: none has it. */
  first (slot: number, standing: number): number {
    const candidates = this.#candidates
    if (candidates.length > FEW) {
      if (this.#table === undefined) this.#begin()
      if (this.#times !== undefined) this.#step()
      else {
        const known = this.#table![slot]!
        if (known >= 0 && candidates[known]!.standing === standing) return known
        if (known < 0) this.#table![slot] = this.#best(slot, undefined)
      }
    }
    return this.#best(slot, standing)
  }

  /** Arrival times of all services in a slot, in any unit. */
  times (slot: number, times: Float64Array): void {
    for (let i = 0; i < times.length; i++)
      times[i] = -Math.log(1 - (this.#draw(i, slot) + 0.5) / SLOTS) / this.#weights[i]!
  }

  #best (slot: number, standing: number | undefined): number {
    const candidates = this.#candidates
    const alike = this.#alike
    let best = -1
    let least = Infinity
    for (let i = 0; i < candidates.length; i++) {
      if (standing !== undefined && candidates[i]!.standing !== standing) continue
      const draw = this.#draw(i, slot)
      const time = alike ? draw : -Math.log(1 - (draw + 0.5) / SLOTS) / this.#weights[i]!
      if (time < least || (time === least && this.#precedes(i, best))) {
        least = time
        best = i
      }
    }
    return best
  }

  /** Of equal draws, whatever the order of the list. */
  #precedes (a: number, b: number): boolean { return this.#candidates[a]!.name < this.#candidates[b]!.name }

  /** A service's draw for a slot, from 0 to SLOTS - 1: a permutation of the slots. */
  #draw (index: number, slot: number): number {
    const keys = this.#keys
    const at = 4 * index
    let x = Math.imul(slot ^ keys[at]!, keys[at + 1]!) & MASK
    x ^= x >>> HALF
    x = Math.imul(x + keys[at + 2]!, keys[at + 3]!) & MASK
    x ^= x >>> HALF
    x = Math.imul(x ^ keys[at]! >>> 14, 0x2c1b3c6d) & MASK
    return x ^ x >>> HALF
  }

  #begin (): void {
    this.#table = new Int16Array(SLOTS).fill(-1)
    this.#times = new Float32Array(SLOTS).fill(Infinity)
    this.#making = 0
    this.#rank = 0
    this.#enter()
  }

  /** Look at the next service: the draws that come before the same arrival time as those of the others. */
  #enter (): void {
    const index = this.#making
    if (index === this.#weights.length) return
    this.#within = Math.floor(SLOTS * (1 - Math.exp(-DRAWS * this.#weights[index]! / this.#total)))
    this.#firstInverse = inverse(this.#keys[4 * index + 1]!)
    this.#secondInverse = inverse(this.#keys[4 * index + 3]!)
  }

  /** Look at the slots in which services drew well. */
  #step (): void {
    const table = this.#table!
    const times = this.#times!
    for (let steps = 0; steps < STEP; steps++) {
      if (this.#making === this.#weights.length) {
        this.#times = undefined
        return
      }
      const index = this.#making
      const rank = this.#rank++
      const slot = this.#slotOf(4 * index, rank)
      const time = Math.fround(-Math.log(1 - (rank + 0.5) / SLOTS) / this.#weights[index]!)
      // Times that are nearly equal are compared exactly, when the slot is needed.
      if (time === times[slot]) table[slot] = -1
      else if (time < times[slot]!) {
        times[slot] = time
        table[slot] = index
      }
      if (this.#rank < this.#within) continue
      this.#rank = 0
      this.#making++
      this.#enter()
    }
  }

  /** The slot in which the service that is looked at drew this number. */
  #slotOf (at: number, draw: number): number {
    const keys = this.#keys
    let x = draw ^ draw >>> HALF
    x = Math.imul(x, LAST_INVERSE) & MASK
    x = (x ^ keys[at]! >>> 14) & MASK
    x ^= x >>> HALF
    x = Math.imul(x, this.#secondInverse) - keys[at + 2]! & MASK
    x ^= x >>> HALF
    return (Math.imul(x, this.#firstInverse) ^ keys[at]!) & MASK
  }
}

const LAST_INVERSE = inverse(0x2c1b3c6d)
