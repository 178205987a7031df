import { bannedAs, type SharedCount } from '@weirlb/engine'
import type { BanBook, BanShared } from '../bans/ban-book.ts'
import type { LeveledLog } from '../log.ts'
import type { SharedStore } from './shared-store.ts'
import type { StoreLine } from './store-line.ts'

/** How long counts wait to be sent together. */
const COUNTS_MS = 20
/** Counts of one message; of more, the first ones go. */
const MAX_COUNTS = 1000
/** Bans of this node that the others are told when the store is back. */
const MAX_OFFERED = 1000
/** Longest ban of a message: a year. */
const MAX_BAN_MS = 366 * 86_400_000
const BAN_KIND = 'ban'
const BANS = 'bans'
const LIFTED = 'lifted'
const COUNTS = 'counts'

/** Receives what other nodes have counted. */
export type OnCounted = (counts: readonly SharedCount[]) => void

/**
 * What the edges of all nodes share: bans, and what rate limits have counted. Other nodes hear of both by messages,
 * which may be lost; bans are in the store, too, for nodes that come later or come back.
 */
export class SharedEdge {
  readonly #store: SharedStore
  readonly #line: StoreLine
  readonly #log: LeveledLog
  #bans: BanBook | undefined
  #onCounted: OnCounted = () => {}
  #counts: SharedCount[] = []
  #sending: NodeJS.Timeout | undefined
  /** For each reading of bans that is under way, the addresses that were lifted since; undefined: all. */
  readonly #lifts = new Set<Set<string | undefined>>()

  constructor (store: SharedStore, line: StoreLine, log: LeveledLog) {
    this.#store = store
    this.#line = line
    this.#log = log
  }

  /** Begin to share. */
  start (bans: BanBook, onCounted: OnCounted): void {
    this.#bans = bans
    this.#onCounted = onCounted
    bans.sharing = {
      banned: (ban, leftMs) => { this.#banned(ban, leftMs) },
      lifted: (address, leftMs) => { this.#lifted(address, leftMs) }
    }
    void this.agree()
  }

  /** A worker of this node has counted. */
  counted (counts: readonly SharedCount[]): void {
    if (this.#bans === undefined || this.#line.away) return
    for (const count of counts) if (this.#counts.length < MAX_COUNTS) this.#counts.push(count)
    this.#sending ??= setTimeout(this.#send, COUNTS_MS).unref()
  }

  /** Another node has sent something. What no node can have sent is ignored. */
  onMessage (topic: string, text: string): void {
    let read: unknown
    try { read = JSON.parse(text) } catch { return }
    if (topic === COUNTS && Array.isArray(read)) this.#onCounted(read.filter(isCount))
    else if (topic === BANS && isBan(read)) this.#bans?.take(read)
    else if (topic === LIFTED && (read === null || typeof read === 'string')) {
      for (const lifted of this.#lifts) lifted.add(read ?? undefined)
      this.#bans?.drop(read ?? undefined)
    }
  }

  /** Take what the others have banned, and give them what this node has, if that is not there. */
  async agree (): Promise<void> {
    const bans = this.#bans
    if (bans === undefined) return
    const lifted = new Set<string | undefined>()
    this.#lifts.add(lifted)
    try {
      const known = new Set<string>()
      for (const { name, value, ageMs } of await this.#line.call(async () => await this.#store.read(BAN_KIND))) {
        if (value === LIFTED) {
          // One that was made here since then is another one.
          bans.dropOlder(name, ageMs)
          continue
        }
        const ban = banOf(value)
        if (ban === undefined || ban.address !== name || lifted.has(name) || lifted.has(undefined)) continue
        if (bans.take(ban, ageMs)) known.add(name)
      }
      for (const ban of bans.shared(MAX_OFFERED)) if (!known.has(ban.address)) this.#banned(ban, 0)
    } catch (error) {
      if (!this.#line.away) this.#log.warn({ error: (error as Error).message }, 'bans were not shared')
    } finally {
      this.#lifts.delete(lifted)
    }
  }

  stop (): void { clearTimeout(this.#sending) }

  readonly #send = (): void => {
    this.#sending = undefined
    const counts = this.#counts
    this.#counts = []
    this.#tell(async () => { await this.#store.publish(COUNTS, JSON.stringify(counts)) })
  }

  /** Nodes that miss the message must not offer a longer one that stood before: the store has this for as long. */
  #banned (ban: BanShared, leftMs: number): void {
    this.#tell(async () => {
      const value = JSON.stringify(ban)
      const ttlMs = Math.ceil(Math.max(ban.forMs - (ban.ageMs ?? 0), leftMs))
      await Promise.all([
        this.#store.write({ kind: BAN_KIND, name: ban.address, value, ttlMs }),
        this.#store.publish(BANS, value)
      ])
    })
  }

  /** Nodes that do not get the message must not offer the ban anew: the store has the end for as long as the ban. */
  #lifted (address: string | undefined, leftMs: number): void {
    for (const lifted of this.#lifts) lifted.add(address)
    this.#tell(async () => {
      const names = address === undefined ? (await this.#store.read(BAN_KIND)).map(({ name }) => name) : [address]
      // In this order: a node that reads after the message must not find the ban.
      await Promise.all([
        ...names.map(async name =>
          await this.#store.write({ kind: BAN_KIND, name, value: LIFTED, ttlMs: Math.max(1, Math.ceil(leftMs)) })
        ),
        this.#store.publish(LIFTED, JSON.stringify(address ?? null))
      ])
    })
  }

  /** While the store is away the node is alone; afterwards it agrees with the others. */
  #tell (call: () => Promise<void>): void { if (!this.#line.away) this.#line.call(call).catch(() => {}) }
}

const banOf = (text: string): BanShared | undefined => {
  try {
    const read: unknown = JSON.parse(text)
    return isBan(read) ? read : undefined
  } catch { return undefined }
}

const isBan = (value: unknown): value is BanShared => {
  const { address, by, comment, forMs, ageMs = 0 } = (value ?? {}) as Partial<Record<keyof BanShared, unknown>>
  return typeof address === 'string' && bannedAs(address) === address && typeof forMs === 'number' && forMs > 0 &&
    forMs <= MAX_BAN_MS && typeof ageMs === 'number' && ageMs >= 0 && ageMs < forMs &&
    [by, comment].every(each => each === undefined || typeof each === 'string')
}

const isCount = (value: unknown): value is SharedCount => {
  const { limit, key, amount, untilMs } = (value ?? {}) as Partial<Record<keyof SharedCount, unknown>>
  return typeof limit === 'string' && (key === null || typeof key === 'string' || typeof key === 'number') &&
    typeof amount === 'number' && Number.isFinite(amount) && typeof untilMs === 'number' && Number.isFinite(untilMs)
}
