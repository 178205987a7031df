import {
  type CountedThing,
  type LimitAction,
  LONGEST_PAUSE_SECONDS,
  type RateLimit,
  type RulePhase,
  type RuleResponse
} from '@weirlb/model'
import type { Control } from '../decisions/control.ts'
import type { Decider, DecisionValues } from '../decisions/decision.ts'
import type { RateLimitStats } from '../stats/stats.ts'
import type { CheckedLimit } from './checked-limit.ts'
import type { LimitCounter, LimitKey, LimitTable } from './limit-table.ts'
import type { RuleSubject } from './rule-subject.ts'

/** The part of a rate limit that all its places share: what was counted, and what reports it. */
export interface LimitState {
  readonly table: LimitTable
  readonly stats: RateLimitStats
  readonly control: Control
}

/** Where counts of other workers come from, and those of this one go. */
export interface LimitSharing { note (limit: string, counter: LimitCounter, limitOf: number): void }

/** What a rate limit is at, without counting: for those who only look. */
export interface LimitLevel { readonly counted: number, readonly limited: boolean }

/** What one counter of a rate limit is at. */
export interface CounterLevel {
  /** What it is of; values that may be private are hashes. */
  readonly key: string
  readonly counted: number
  /** For so long its action goes on. */
  readonly actsForMs: number
}

/** Counters that are looked at for the fullest ones: more would hold up clients. */
const MOST_LOOKED_AT = 100_000

/** A rate limit at work, for the fields that one version of an extension declares. */
export class ActiveLimit implements Decider<RuleSubject> {
  readonly name: string
  readonly counts: CountedThing
  readonly phase: RulePhase
  readonly action: LimitAction
  readonly simulated: boolean
  readonly limit: number
  readonly periodMs: number
  readonly timeoutMs: number
  /**
   * How long its counter is over the limit once it was reached. What is banned is refused by the ban, which can be
   * lifted.
   */
  readonly #holdMs: number
  readonly response: RuleResponse | undefined
  /** The control against floods that it is part of. */
  readonly floodControl: RateLimit['floodControl']
  readonly state: LimitState
  /** It counts replies of servers, or responses. */
  readonly countsReplies: boolean
  readonly #checked: CheckedLimit
  readonly #sharing: LimitSharing | undefined
  /** What flows out of a throttle's bucket in a millisecond. */
  readonly #rate: number

  constructor (
    { name, counts, action, state, limit, periodSeconds, timeoutSeconds, response, floodControl }: RateLimit,
    checked: CheckedLimit,
    shared: LimitState,
    sharing: LimitSharing | undefined
  ) {
    this.name = name
    this.counts = counts
    this.phase = checked.phase
    this.action = action
    this.simulated = state === 'simulated'
    this.limit = limit
    this.periodMs = periodSeconds * 1000
    this.timeoutMs = timeoutSeconds * 1000
    this.#holdMs = action === 'ban' ? 0 : this.timeoutMs
    this.response = response
    this.floodControl = floodControl
    this.state = shared
    this.countsReplies = checked.counting !== undefined
    this.#checked = checked
    this.#sharing = sharing
    this.#rate = limit / this.periodMs
  }

  get control (): Control { return this.state.control }

  /** What is shown of a decision. */
  values (subject: RuleSubject): DecisionValues {
    return { key: this.#checked.keyText(subject), limit: this.limit, periodSeconds: this.periodMs / 1000 }
  }

  /** It is about what the subject is now. */
  applies (subject: RuleSubject): boolean {
    return this.#checked.applies === undefined || this.#checked.applies(subject)
  }

  /** What has its own counter, as text. */
  keyText (subject: RuleSubject): string { return this.#checked.keyText(subject) }

  /** Counts so much, if that is not over the limit. Returns true if it is; then nothing is counted. */
  take (subject: RuleSubject, amount: number, now: number): boolean {
    const { table, stats } = this.state
    if (this.countsReplies) {
      if (this.action === 'ban') return false
      const counter = table.find(this.#checked.key(subject))
      return counter !== undefined &&
        (counter.until > now || (this.#holdMs === 0 && table.total(counter, now) > this.limit))
    }
    const counter = table.counter(this.#checked.key(subject), now)
    if (counter.until > now) return true
    if (table.total(counter, now) + amount > this.limit) {
      this.#trip(counter, now)
      return true
    }
    stats.counted += amount
    this.#count(counter, amount)
    return false
  }

  /** Counts a reply, if it is one of those. Returns true if the limit is passed by it: the action begins. */
  takeReply (subject: RuleSubject, now: number): boolean {
    if (!this.#checked.counting!(subject)) return false
    const { table, stats } = this.state
    const counter = table.counter(this.#checked.key(subject), now)
    stats.counted++
    if (counter.until > now) return false
    const before = table.total(counter, now)
    this.#count(counter, 1)
    if (before + 1 <= this.limit) return false
    this.#trip(counter, now)
    return true
  }

  /**
   * Counts so much and returns for how many milliseconds the client has to wait with the next: 0, if there is room for
   * it.
   */
  pace (subject: RuleSubject, amount: number, now: number): number {
    const { table, stats } = this.state
    const counter = table.counter(this.#checked.key(subject), now)
    const before = table.pour(counter, 0, this.#rate, now)
    // Beyond the longest pause nothing is owed.
    const held = Math.min(before + amount, this.limit + this.#rate * LONGEST_PAUSE_SECONDS * 1000)
    stats.counted += amount
    counter.current = held
    if (this.#sharing !== undefined) this.#share(counter, amount)
    return Math.max(0, (held + 1 - this.limit) / this.#rate)
  }

  /** Returns how much more there is room for now. */
  room (subject: RuleSubject, now: number): number {
    const { table } = this.state
    const counter = table.peek(this.#checked.key(subject))
    return counter === undefined ? this.limit : this.limit - table.pour(counter, 0, this.#rate, now)
  }

  /** Returns what it is at, and what it would do with so much; nothing is counted. */
  level (subject: RuleSubject, amount: number, now: number): LimitLevel {
    const { table } = this.state
    const counter = table.peek(this.#checked.key(subject))
    if (counter === undefined) return { counted: 0, limited: !this.countsReplies && amount > this.limit }
    const counted = this.action === 'throttle' ? table.pour(counter, 0, this.#rate, now) : table.total(counter, now)
    return {
      counted,
      limited: counter.until > now || (this.countsReplies
        ? this.#holdMs === 0 && this.action !== 'ban' && counted > this.limit
        : counted + amount > this.limit)
    }
  }

  /** Returns the counters that have counted most, of those that were used last. */
  fullest (most: number, now: number): readonly CounterLevel[] {
    const { table } = this.state
    const found: { readonly counter: LimitCounter, readonly counted: number }[] = []
    table.each(MOST_LOOKED_AT, counter => {
      const counted = this.action === 'throttle' ? table.pour(counter, 0, this.#rate, now) : table.total(counter, now)
      if ((counted <= 0 && counter.until <= now) || (found.length === most && counted <= found.at(-1)!.counted)) return
      const at = found.findIndex(other => other.counted < counted)
      found.splice(at < 0 ? found.length : at, 0, { counter, counted })
      if (found.length > most) found.pop()
    })
    return found.map(({ counter: { key, until }, counted }) => ({
      key: this.#checked.shownKey(key),
      counted,
      actsForMs: Math.max(0, until - now)
    }))
  }

  /** Returns in how many milliseconds a client may come again. */
  waitMs (subject: RuleSubject, now: number): number {
    const { table } = this.state
    const counter = table.peek(this.#checked.key(subject))
    return counter === undefined ? 0 : table.waitFor(counter, 1, this.limit, now)
  }

  /** Another worker has counted so much, and its action goes on for so long. */
  hear (key: LimitKey, amount: number, untilMs: number, now: number): void {
    const { table } = this.state
    const counter = table.counter(key, now)
    if (this.action === 'throttle') table.pour(counter, amount, this.#rate, now)
    else {
      table.total(counter, now)
      counter.current += amount
    }
    if (untilMs > 0) counter.until = Math.max(counter.until, now + untilMs)
  }

  #trip (counter: LimitCounter, now: number): void {
    if (this.#holdMs === 0) return
    counter.until = now + this.#holdMs
    if (this.#sharing !== undefined) this.#sharing.note(this.name, counter, 0)
  }

  #count (counter: LimitCounter, amount: number): void {
    counter.current += amount
    if (this.#sharing !== undefined) this.#share(counter, amount)
  }

  #share (counter: LimitCounter, amount: number): void {
    counter.unshared += amount
    this.#sharing!.note(this.name, counter, this.limit)
  }
}
