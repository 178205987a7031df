import type { Matches } from '@weirlb/rules'
import { takesEffect } from '../decisions/decision.ts'
import type { Decisions } from '../decisions/decisions.ts'
import type { ActiveLimit } from './active-limit.ts'
import type { ClientFacts } from '@weirlb/link'
import type { ActiveRule } from './active-rule.ts'
import { ClientSubject } from './client-subject.ts'
import type { Refuser } from './refuser.ts'
import type { RuledVserver, RuleSubject } from './rule-subject.ts'

/** Called with the rules that apply to something, and asked whether it is over a rate limit. */
export interface RuleMatches extends Matches<RuleSubject, ActiveRule> {
  /** So much comes of what a rate limit counts. Returns true if it is over the limit, and is to be refused. */
  isOver (limit: ActiveLimit, subject: RuleSubject, amount: number): boolean
  /** A reply comes to what a rate limit counts by its replies. */
  onReply (limit: ActiveLimit, subject: RuleSubject): void
  /**
   * So much comes of what a rate limit paces. Returns for how many milliseconds its client has to wait with the next.
   */
  pauseOf (limit: ActiveLimit, subject: RuleSubject, amount: number): number
  /**
   * Called with what refuses a client or its request. False: that is neither reported nor logged, as there are too
   * many.
   */
  onRefusal (by: Refuser, client: ClientFacts, vserver: RuledVserver): boolean
}

/** Called with an address that is to be banned for so long, and with what bans it. */
export type OnBan = (address: string, forMs: number, by: string) => void

/** Counts what rules apply to and what rate limits are about, and reports it as decisions. */
export class RuleWatch implements RuleMatches {
  readonly #decisions: Decisions
  readonly #onBan: OnBan

  constructor (decisions: Decisions, onBan: OnBan) {
    this.#decisions = decisions
    this.#onBan = onBan
  }

  isCleared (subject: RuleSubject): boolean { return subject.cleared }

  onRefusal (by: Refuser, facts: ClientFacts, vserver: RuledVserver): boolean {
    return this.#decisions.report(by, new ClientSubject(vserver, facts))
  }

  onMatch (rule: ActiveRule, subject: RuleSubject): void {
    const { name, action, simulated, stats, messagesPerSecond, banSeconds } = rule
    stats.matched++
    this.#decisions.report(rule, subject, rule.detail)
    if (simulated) return
    if (rule.floodControl !== undefined && takesEffect(rule)) subject.vserver.acted?.(rule.floodControl)
    if (action === 'block' || action === 'ban') stats.blocked++
    if (action === 'challenge') stats.challenged++
    if (banSeconds !== undefined) this.#onBan(subject.facts.address, banSeconds * 1000, name)
    if (messagesPerSecond !== undefined) subject.slow(name, messagesPerSecond, performance.now())
  }

  isOver (limit: ActiveLimit, subject: RuleSubject, amount: number): boolean {
    if (!limit.applies(subject) || !limit.take(subject, amount, performance.now())) return false
    this.#over(limit, subject)
    const { action, simulated, state: { stats } } = limit
    if (simulated || action === 'log') return false
    stats.blocked++
    if (action === 'ban') this.#ban(limit, subject)
    return true
  }

  onReply (limit: ActiveLimit, subject: RuleSubject): void {
    if (!limit.takeReply(subject, performance.now())) return
    this.#over(limit, subject)
    if (limit.action === 'ban' && !limit.simulated) this.#ban(limit, subject)
  }

  pauseOf (limit: ActiveLimit, subject: RuleSubject, amount: number): number {
    if (!limit.applies(subject)) return 0
    const pause = limit.pace(subject, amount, performance.now())
    if (pause === 0) return 0
    this.#over(limit, subject)
    if (limit.simulated) return 0
    limit.state.stats.throttled++
    return pause
  }

  #ban (limit: ActiveLimit, { facts }: RuleSubject): void {
    limit.state.stats.banned++
    this.#onBan(facts.address, limit.timeoutMs, limit.name)
  }

  #over (limit: ActiveLimit, subject: RuleSubject): void {
    limit.state.stats.over++
    if (limit.floodControl !== undefined && takesEffect(limit)) subject.vserver.acted?.(limit.floodControl)
    this.#decisions.report(limit, subject)
  }
}

/** Nothing is counted or reported: for those who only look. */
export const unwatched: RuleMatches = {
  onMatch () {},
  onRefusal: () => true,
  isOver: (limit, subject, amount) => isLimited(limit, subject, amount),
  onReply () {},
  pauseOf: () => 0
}

/** Returns true if so much would be refused now; nothing is counted. */
export const isLimited = (limit: ActiveLimit, subject: RuleSubject, amount: number): boolean =>
  !limit.simulated && limit.action !== 'log' && limit.applies(subject) &&
  limit.level(subject, amount, performance.now()).limited
