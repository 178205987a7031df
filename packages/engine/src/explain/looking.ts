import type { ActiveLimit } from '../gate/active-limit.ts'
import type { ActiveRule } from '../gate/active-rule.ts'
import type { RuleSubject } from '../gate/rule-subject.ts'
import { isLimited, type RuleMatches } from '../gate/rule-watch.ts'
import type { ExplainedLimit, ExplainedRule } from './explanation.ts'

/** Maximum rules, and rate limits, of one explanation. */
const MAX_RULES = 10_000
/** Maximum rules that are shown with what they have looked at. */
const MAX_VALUES = 1000

/** Keeps the rules and rate limits that are looked at. None is counted or reported. */
export class Looking implements RuleMatches {
  readonly rules: ExplainedRule[] = []
  readonly rateLimits: ExplainedLimit[] = []

  onMatch (): void {}
  onRefusal (): boolean { return true }

  onLook (
    rules: {
      look(
        subject: RuleSubject
      ): readonly { readonly rule: ActiveRule, readonly applies: boolean, readonly ends: boolean }[]
    },
    subject: RuleSubject
  ): void {
    if (this.rules.length >= MAX_RULES) return
    for (const { rule, applies, ends } of rules.look(subject)) {
      const { name, phase, action, simulated } = rule
      const fields = this.rules.length < MAX_VALUES ? rule.values?.(subject) : undefined
      this.rules.push({ message: subject.messages, rule: name, phase, action, simulated, applies, ends, fields })
    }
  }

  isOver (limit: ActiveLimit, subject: RuleSubject, amount: number): boolean {
    this.#look(limit, subject, amount)
    return isLimited(limit, subject, amount)
  }

  onReply (): void {}

  pauseOf (limit: ActiveLimit, subject: RuleSubject, amount: number): number {
    this.#look(limit, subject, amount)
    return 0
  }

  #look (limit: ActiveLimit, subject: RuleSubject, amount: number): void {
    if (this.rateLimits.length >= MAX_RULES) return
    const { name, phase, action, simulated, limit: most } = limit
    const applies = limit.applies(subject)
    const { counted, limited } = limit.level(subject, amount, performance.now())
    this.rateLimits.push({
      message: subject.messages,
      rateLimit: name,
      phase,
      action,
      simulated,
      applies,
      key: limit.keyText(subject),
      counted,
      limit: most,
      over: applies && limited
    })
  }
}
