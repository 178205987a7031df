import { describeValue, WeirError } from '@weirlb/model'
import type { Log } from '@weirlb/engine'
import { invalid, type SecurityEvent, type SecurityFilter, securityMatcher } from './security-event.ts'

/** Which events to return, the newest first. */
export interface SecurityQuery extends SecurityFilter {
  /** Only older ones than this position: `next` of the page before. */
  readonly before?: string | undefined
  readonly limit: number
}

/** A page of events, the newest first. */
export interface SecurityPage {
  readonly items: readonly SecurityEvent[]
  /** Where the next page begins; undefined behind the last one. */
  readonly next?: string | undefined
  /** Time of the oldest event that is kept, in milliseconds since 1970 (UTC); undefined: there are none. */
  readonly oldest?: number | undefined
  /** Events since the start that were lost on their way from the workers. Their decisions are counted. */
  readonly lost: number
}

/** Whoever follows the events. */
export interface SecurityFollower {
  send (event: SecurityEvent, position: string): void
  /** What was sent before is known up to this position. */
  mark (position: string): void
  /** So many events are gone. */
  lost (count: number): void
}

/** Events that are kept, and their size in characters. */
const MAX_EVENTS = 20_000
const MAX_CHARS = 16 * 1024 * 1024
/** Followers at a time. */
const MAX_FOLLOWERS = 100
/** Characters of an event beside its values. */
const FRAME_CHARS = 400

interface Kept { readonly number: number, readonly event: SecurityEvent, readonly chars: number }
interface Follower { readonly isMeant: (event: SecurityEvent) => boolean, readonly follower: SecurityFollower }

/**
 * The latest security events, in memory. Each has a position, `RUN.NUMBER`: pages and streams go on from there.
 */
export class SecurityLog {
  readonly #log: Log
  /** Runs of one server differ. */
  readonly #run = Date.now().toString(36)
  /** The oldest first; those before `#first` are gone. */
  #kept: Kept[] = []
  #first = 0
  #chars = 0
  #last = 0
  #lost = 0
  readonly #followers = new Set<Follower>()

  constructor (log: Log) { this.#log = log }

  add (events: readonly SecurityEvent[], lost: number): void {
    this.#lost += lost
    for (const event of events) {
      const kept = { number: ++this.#last, event, chars: charsOf(event) }
      this.#kept.push(kept)
      this.#chars += kept.chars
      while (this.#kept.length - this.#first > MAX_EVENTS || this.#chars > MAX_CHARS)
        this.#chars -= this.#kept[this.#first++]!.chars
      for (const each of [...this.#followers]) this.#tell(each, kept)
    }
    if (lost > 0) for (const { follower } of [...this.#followers]) follower.lost(lost)
    if (this.#first <= this.#kept.length / 2) return
    this.#kept = this.#kept.slice(this.#first)
    this.#first = 0
  }

  /** Returns a page of events. Throws query-invalid. */
  list ({ before, limit, ...filter }: SecurityQuery): SecurityPage {
    const isMeant = securityMatcher(filter)
    const end = before === undefined ? Infinity : this.#numberOf('before', before)
    const items: SecurityEvent[] = []
    let next: string | undefined
    let last = 0
    for (let at = this.#kept.length - 1; at >= this.#first; at--) {
      const { number, event } = this.#kept[at]!
      if (number >= end || !isMeant(event)) continue
      if (items.length === limit) {
        next = this.#position(last)
        break
      }
      items.push(event)
      last = number
    }
    return {
      items,
      ...next !== undefined && { next },
      ...this.#first < this.#kept.length && { oldest: this.#kept[this.#first]!.event.time },
      lost: this.#lost
    }
  }

  /**
   * Call a follower with the events from now on; `after`: and before with those behind this position. The function
   * returned ends it. A follower that throws is logged and harms nothing. Throws query-invalid, and worker-unavailable
   * for one too many.
   */
  follow (filter: SecurityFilter, after: string | undefined, follower: SecurityFollower): () => void {
    const added = { isMeant: securityMatcher(filter), follower }
    if (this.#followers.size >= MAX_FOLLOWERS)
      throw new WeirError('worker-unavailable', `${MAX_FOLLOWERS} programs follow security events already`, {
        retry: true
      })
    if (after !== undefined) this.#replay(after, added)
    follower.mark(this.#position(this.#last))
    this.#followers.add(added)
    return () => { this.#followers.delete(added) }
  }

  /** A position that is none of ours says nothing about what its follower has: all that is kept is news to it. */
  #replay (after: string, added: Follower): void {
    const [run, text] = after.split('.')
    const number = run === this.#run ? Number(text) : 0
    const from = Number.isInteger(number) ? number : 0
    const gone = (this.#kept[this.#first]?.number ?? this.#last + 1) - 1 - from
    if (gone > 0) added.follower.lost(gone)
    for (let at = this.#first; at < this.#kept.length; at++)
      if (this.#kept[at]!.number > from) this.#tell(added, this.#kept[at]!)
  }

  #tell ({ isMeant, follower }: Follower, { number, event }: Kept): void {
    if (!isMeant(event)) return
    try {
      follower.send(event, this.#position(number))
    } catch (error) {
      this.#log.error({ error: (error as Error).message }, 'a follower of security events threw')
    }
  }

  #position (number: number): string { return `${this.#run}.${number}` }

  #numberOf (path: string, position: string): number {
    const [run, text = ''] = position.split('.')
    if (run === this.#run && /^\d{1,15}$/.test(text)) return Number(text)
    throw invalid(path, `expected 'next' of a page of this run of the server; got ${describeValue(position)}`)
  }
}

const charsOf = ({ clientId = '', topic = '', fields, detail }: SecurityEvent): number => {
  let chars = FRAME_CHARS + clientId.length + topic.length
  for (const values of [fields, detail ?? {}])
    for (const [name, value] of Object.entries(values))
      chars += name.length + (typeof value === 'object'
        ? value.reduce((sum, item) => sum + item.length, 0)
        : String(value).length)
  return chars
}
