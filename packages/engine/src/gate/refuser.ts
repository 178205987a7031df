import type { AccessAction, RuleResponse } from '@weirlb/model'
import type { Control } from '../decisions/control.ts'
import type { Decider } from '../decisions/decision.ts'

/** What can refuse a client besides rules. */
export type RefuserKind = 'allow-from' | 'access-rule' | 'lockdown' | 'user-agent-rule'

/** Kinds as people read them. */
export const refuserNouns: Readonly<Record<RefuserKind, string>> = {
  'allow-from': 'allowFrom of',
  'access-rule': 'access rule',
  lockdown: 'lockdown',
  'user-agent-rule': 'user-agent rule'
}

/** An access rule, a lockdown or a user-agent rule at work, or the networks from which a user vserver takes clients. */
export class Refuser implements Decider {
  readonly kind: RefuserKind
  readonly name: string
  readonly action: AccessAction
  readonly phase: 'connect' | 'request'
  readonly simulated = false
  /** What an HTTP client gets; undefined: the default. */
  readonly response: RuleResponse | undefined
  readonly control: Control

  constructor (
    kind: RefuserKind,
    name: string,
    action: AccessAction,
    response: RuleResponse | undefined,
    control: Control
  ) {
    this.kind = kind
    this.name = name
    this.action = action
    this.phase = kind === 'allow-from' || (kind === 'access-rule' && action !== 'challenge') ? 'connect' : 'request'
    this.response = response
    this.control = control
  }
}
