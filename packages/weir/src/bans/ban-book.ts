import { describeValue, WeirError, type BanInput } from '@weirlb/model'
import { bannedAs, type BanWord, MAX_BANS } from '@weirlb/engine'
import type { DataPlane } from '../data-plane.ts'
import type { Events } from '../events.ts'
import type { LeveledLog } from '../log.ts'
import type { BanArchive, SavedBan } from '../storage/ban-archive.ts'

/** A ban as the API shows it. */
export interface BanInfo {
  /** The address; of IPv6, its network of 64 bits. */
  readonly address: string
  /** The rate limit or rule that made it; undefined: an operator. */
  readonly by: string | undefined
  readonly comment: string | undefined
  /** ISO 8601. */
  readonly since: string
  readonly endsAt: string
  readonly remainingSeconds: number
}

/** Addresses that are refused for a time. */
export interface Bans {
  /** All that have not ended, at most `limit`, the latest first. */
  list (limit?: number): readonly BanInfo[]
  /** The ban of an address; undefined: there is none. Throws ban-invalid for text that is no address. */
  get (address: string): BanInfo | undefined
  /** Ban an address; one that is banned already is banned until this end. Throws ban-invalid. */
  set (input: BanInput): BanInfo
  /** Ban an address no longer; false: it was not banned. Throws ban-invalid. */
  delete (address: string): boolean
  /** Ban nobody any more; returns how many were. */
  deleteAll (): number
}

/** A ban as nodes of a cluster share it. */
export interface BanShared {
  readonly address: string
  readonly by?: string | undefined
  readonly comment?: string | undefined
  readonly forMs: number
  /** How long ago it was made when it was shared; undefined: just then. */
  readonly ageMs?: number | undefined
}

/**
 * Told of bans that are made and lifted here; undefined: all are lifted. `leftMs`: the time to the end of the longest
 * that stood before.
 */
export interface BanSharing {
  banned (ban: BanShared, leftMs: number): void
  lifted (address: string | undefined, leftMs: number): void
}

interface Kept {
  readonly address: string
  readonly by: string | undefined
  readonly comment: string | undefined
  /** Milliseconds since 1970 (UTC). */
  readonly since: number
  /** On the steady clock: a change of the wall clock ends nothing early and prolongs nothing. */
  readonly until: number
  readonly forMs: number
}

/** Shortest time between two writes of the archive. */
const SAVE_EVERY_MS = 2000
/** Ends that differ by less are one: nodes learn of a ban at different moments. */
const SAME_END_MS = 1000
/** Maximum events in a second. */
const EVENTS_PER_SECOND = 100

export interface BanBookOptions {
  readonly plane: Pick<DataPlane, 'ban' | 'unban'>
  readonly events: Events
  readonly log: LeveledLog
  /** Undefined: bans end with the process. */
  readonly archive: BanArchive | undefined
}

/** The bans of all workers. They are bounded; beyond the maximum the one goes that was made first. */
export class BanBook implements Bans {
  readonly #options: BanBookOptions
  readonly #bans = new Map<string, Kept>()
  /** The other nodes of a cluster. */
  sharing: BanSharing | undefined
  #timer: NodeJS.Timeout | undefined
  #saving: Promise<void> = Promise.resolve()
  #emittedSince = 0
  #emitted = 0

  constructor (options: BanBookOptions) { this.#options = options }

  /** Take up the bans that were there before the restart. */
  async restore (): Promise<void> {
    const now = performance.now()
    const words: BanWord[] = []
    for (const { address, by, comment, since, endsAt, forMs } of (await this.#options.archive?.load())?.slice(-MAX_BANS) ?? []) {
      // A clock that was set back meanwhile prolongs nothing.
      const left = Math.min(endsAt - Date.now(), forMs)
      const key = bannedAs(address)
      if (left <= 0 || key === undefined) continue
      this.#bans.set(key, { address: key, by, comment, since, until: now + left, forMs })
      words.push({ address: key, forMs: left })
    }
    if (words.length > 0) this.#options.plane.ban(words)
  }

  /** A worker has banned an address. */
  onBan ({ address, forMs }: BanWord, by: string): void {
    const key = bannedAs(address)
    if (key === undefined) return
    const until = this.#bans.get(key)?.until ?? 0
    // Several workers may reach the limit at one time.
    if (until < performance.now() + forMs) this.#put(key, forMs, by, undefined)
  }

  /**
   * Another node has banned an address, and has shared that so long ago. What is longer here stays, unless an operator
   * has set another end since. False: what is here ends later.
   */
  take ({ address, by, comment, forMs, ageMs: agedMs = 0 }: BanShared, ageMs = 0): boolean {
    const age = agedMs + ageMs
    const here = this.#bans.get(address)
    const now = performance.now()
    if (here !== undefined && here.until >= now - age + forMs) {
      if (here.until < now - age + forMs + SAME_END_MS) return true
      if (by !== undefined || now - age <= madeAt(here)) return false
      this.#options.plane.unban([address])
      this.#bans.delete(address)
      this.#saveSoon()
    }
    if (forMs > age) this.#keep(address, forMs, by, comment, age)
    return true
  }

  /** Bans as other nodes take them, at most `limit`, the latest first. */
  shared (limit: number): readonly BanShared[] {
    const now = performance.now()
    return [...this.#bans.values()].reverse().filter(({ until }) => until > now).slice(0, limit)
      .map(ban => ({ address: ban.address, by: ban.by, comment: ban.comment, forMs: ban.forMs, ageMs: now - madeAt(ban) }))
  }

  /** Another node has lifted a ban; undefined: all. */
  drop (address: string | undefined): void {
    if (address === undefined) this.#bans.clear()
    else if (!this.#bans.delete(address)) return
    this.#options.plane.unban(address === undefined ? undefined : [address])
    this.#saveSoon()
  }

  /** Another node has lifted a ban so long ago; one that is younger stays. */
  dropOlder (address: string, ageMs: number): void {
    const ban = this.#bans.get(address)
    if (ban !== undefined && performance.now() - madeAt(ban) > ageMs) this.drop(address)
  }

  list (limit = MAX_BANS): readonly BanInfo[] {
    const now = performance.now()
    const found: BanInfo[] = []
    for (const ban of [...this.#bans.values()].reverse()) {
      if (found.length === limit) break
      if (ban.until > now) found.push(shown(ban, now))
    }
    return found
  }

  get (address: string): BanInfo | undefined {
    const now = performance.now()
    const ban = this.#bans.get(keyOf(address))
    return ban === undefined || ban.until <= now ? undefined : shown(ban, now)
  }

  set ({ address, seconds, comment }: BanInput): BanInfo {
    const key = keyOf(address)
    // The end may be earlier than before, which workers take for a mistake of each other.
    if (this.#bans.has(key)) this.#options.plane.unban([key])
    return shown(this.#put(key, seconds * 1000, undefined, comment), performance.now())
  }

  delete (address: string): boolean {
    const key = keyOf(address)
    const ban = this.#bans.get(key)
    if (ban === undefined) return false
    this.sharing?.lifted(key, this.#leftOf(key))
    this.#bans.delete(key)
    this.#options.plane.unban([key])
    this.#saveSoon()
    return ban.until > performance.now()
  }

  deleteAll (): number {
    const count = this.list().length
    this.sharing?.lifted(undefined, [...this.#bans.keys()].reduce((most, key) => Math.max(most, this.#leftOf(key)), 0))
    this.#bans.clear()
    this.#options.plane.unban(undefined)
    this.#saveSoon()
    return count
  }

  /** Write what is not written, and write no more. */
  async stop (): Promise<void> {
    const waits = this.#timer !== undefined
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (waits) this.#save()
    await this.#saving
  }

  #leftOf (address: string): number { return (this.#bans.get(address)?.until ?? 0) - performance.now() }

  #put (address: string, forMs: number, by: string | undefined, comment: string | undefined): Kept {
    this.sharing?.banned({ address, by, comment, forMs }, this.#leftOf(address))
    return this.#keep(address, forMs, by, comment)
  }

  #keep (address: string, forMs: number, by: string | undefined, comment: string | undefined, ageMs = 0): Kept {
    const leftMs = forMs - ageMs
    const ban: Kept = { address, by, comment, since: Date.now() - ageMs, until: performance.now() + leftMs, forMs }
    this.#bans.delete(address)
    this.#forgetEnded()
    this.#bans.set(address, ban)
    this.#options.plane.ban([{ address, forMs: leftMs }])
    this.#saveSoon()
    if (this.#mayEmit()) this.#options.events.emit('address-banned', { address, by: by ?? '', seconds: leftMs / 1000 })
    return ban
  }

  /** Each new ban looks at two of the oldest, and more while there are too many. */
  #forgetEnded (): void {
    const now = performance.now()
    let looks = 2
    for (const [address, { until }] of this.#bans) {
      if (until > now && this.#bans.size < MAX_BANS) return
      this.#bans.delete(address)
      if (--looks === 0 && this.#bans.size < MAX_BANS) return
    }
  }

  #mayEmit (): boolean {
    const now = performance.now()
    if (now - this.#emittedSince >= 1000) {
      this.#emittedSince = now
      this.#emitted = 0
    }
    return ++this.#emitted <= EVENTS_PER_SECOND
  }

  #saveSoon (): void {
    if (this.#options.archive === undefined || this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#save()
    }, SAVE_EVERY_MS)
    this.#timer.unref()
  }

  #save (): void {
    const { archive, log } = this.#options
    if (archive === undefined) return
    this.#saving = this.#saving.then(async () => {
      const [now, time] = [performance.now(), Date.now()]
      const saved = [...this.#bans.values()].filter(({ until }) => until > now).map(({ until, ...ban }): SavedBan => ({
        ...ban,
        endsAt: Math.round(time + until - now)
      }))
      try {
        await archive.save(saved)
      } catch (error) {
        log.error({ error: (error as Error).message }, 'bans could not be saved')
        this.#saveSoon()
      }
    })
  }
}

const madeAt = ({ until, forMs }: Kept): number => until - forMs

const keyOf = (address: string): string => {
  const key = bannedAs(address)
  if (key !== undefined) return key
  const message = `address: expected an IPv4 or IPv6 address, or a network of 64 bits such as 2001:db8::/64; got ${
    describeValue(address)
  }`
  throw new WeirError('ban-invalid', message, { issues: [{ path: 'address', message }] })
}

const shown = ({ address, by, comment, since, until }: Kept, now: number): BanInfo => ({
  address, by, comment,
  since: new Date(since).toISOString(),
  endsAt: new Date(Date.now() + until - now).toISOString(),
  remainingSeconds: Math.ceil((until - now) / 1000)
})
