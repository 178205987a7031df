import type { List, Rule, RulePhase } from '@weirlb/model'
import { faultText } from '@weirlb/rules'
import type { Declaration } from '@weirlb/sdk/abi'
import { checkedRule, isBefore, phaseFor } from './checked-rule.ts'
import { listsOf } from './named-lists.ts'

/** Where a rule is looked at, or why nowhere. */
export interface RuleFit {
  /** Undefined: it is not looked at. */
  readonly phase: RulePhase | undefined
  readonly fault: string | undefined
}

/** Returns how a rule fits a user vserver with an extension of this declaration; undefined: it has no extension. */
export const ruleFit = (
  rule: Rule,
  lists: readonly List[],
  declaration: Pick<Declaration, 'fields' | 'client'> | undefined
): RuleFit => {
  const outcome = checkedRule(rule, listsOf(lists), declaration?.fields)
  if (!outcome.ok) return { phase: undefined, fault: faultText(outcome.faults[0]!) }
  const phase = phaseFor(rule, outcome.value.earliest)
  if (!isBefore('request', phase) || declaration?.client.kind === 'messages') return { phase, fault: undefined }
  return {
    phase: undefined,
    fault: declaration === undefined
      ? 'there is no extension, and so there are no messages'
      : 'the extension frames the bytes of clients itself: there are no messages'
  }
}
