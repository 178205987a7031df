import type { Rule, RulePhase, RuleResponse } from '@weirlb/model'
import type { RunningRule } from '@weirlb/rules'
import type { Decider, DecisionValues } from '../decisions/decision.ts'
import type { RuleStats } from '../stats/stats.ts'
import type { RuleSubject } from './rule-subject.ts'

/** A rule at work in one phase. */
export interface ActiveRule extends RunningRule<RuleSubject>, Decider<RuleSubject> {
  readonly action: RunningRule<RuleSubject>['action']
  readonly simulated: boolean
  readonly phase: RulePhase
  readonly stats: RuleStats
  /** Of `throttle`: messages that pass in a second. */
  readonly messagesPerSecond: number | undefined
  /** Of `ban`: how long it lasts. */
  readonly banSeconds: number | undefined
  /** What an HTTP client gets that it blocks; undefined: the default. */
  readonly response: RuleResponse | undefined
  /** How a client is refused by its TLS hello; undefined: with an alert. */
  readonly refusal: Rule['refusal']
  /** The control against floods that it is part of. */
  readonly floodControl: Rule['floodControl']
  /** What a managed check finds, and its source; undefined: it is a rule of the operator. */
  readonly detail: DecisionValues | undefined
}
