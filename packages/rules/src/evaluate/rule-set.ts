import type { RuleAction } from '@weirlb/model'
import type { CheckedExpression } from '../language/check.ts'
import { compileTest, type Readers, type Test } from './compile.ts'
import { type Requirements, requirementsOf } from './requirements.ts'
import { type Demand, demandsOf, RuleIndex } from './rule-index.ts'

/** Which of several rules of one priority is first. */
const precedence: Readonly<Record<RuleAction, number>> = {
  log: 1,
  throttle: 2,
  skip: 3,
  challenge: 4,
  ban: 5,
  block: 6
}

/** Rules with these actions let the others be looked at. */
const goesOn: ReadonlySet<RuleAction> = new Set<RuleAction>(['log', 'throttle'])

/** An expression as functions. */
export interface CompiledExpression<S> {
  readonly test: Test<S>
  readonly demands: readonly Demand[]
  readonly requirements: Requirements
}

/** Makes functions of a checked expression. */
export const compileExpression = <S>({ test }: CheckedExpression, readers: Readers<S>): CompiledExpression<S> => ({
  test: compileTest(test, readers),
  demands: demandsOf(test),
  requirements: requirementsOf(test)
})

/** A rule of a set. */
export interface RuleSource<S> {
  readonly name: string
  readonly action: RuleAction
  /** Rules are looked at from the lowest to the highest; 0 is last. */
  readonly priority: number
  /** It is counted and reported, and has no effect. */
  readonly simulated: boolean
  readonly expression: CompiledExpression<S>
}

/** A compiled rule. */
export interface RunningRule<S> {
  readonly name: string
  readonly action: RuleAction
  readonly simulated: boolean
  readonly test: Test<S>
}

/** Called with the rules that apply to a subject. */
export interface Matches<S, R extends RunningRule<S> = RunningRule<S>> {
  onMatch (rule: R, subject: S): void
  /** Returns true for a subject that has passed a challenge: rules with one do not apply to it. Without it none has. */
  isCleared? (subject: S): boolean
  /** For those who want to see all rules that are looked at: called before they are. */
  onLook? (rules: RuleSet<S, R>, subject: S): void
}

/** 0 is behind all others. */
const order = (priority: number): number => priority === 0 ? Number.MAX_SAFE_INTEGER : priority

/** Returns rules in the order in which they are looked at: by priority, then by action, then as they are given. */
export const inOrder = <R extends Pick<RuleSource<never>, 'priority' | 'action'>> (rules: readonly R[]): R[] =>
  [...rules].sort((a, b) => order(a.priority) - order(b.priority) || precedence[a.action] - precedence[b.action])

/** The rules of one phase, in the order in which they are looked at. */
export class RuleSet<S, R extends RunningRule<S> = RunningRule<S>> {
  readonly #index: RuleIndex<S, R>
  readonly size: number

  /** `make`: adds what the owner needs to a compiled rule. */
  constructor (sources: readonly RuleSource<S>[], readers: Readers<S>, make: (rule: RunningRule<S>) => R) {
    this.size = sources.length
    this.#index = new RuleIndex(
      inOrder(sources).map(({ name, action, simulated, expression: { test, demands, requirements } }) => ({
        rule: make({ name, action, simulated, test }),
        demands,
        requirements
      })),
      readers
    )
  }

  /**
   * Looks at the rules until one ends it. Returns that one: it blocks, challenges, or skips the others; undefined: none
   * did. `matches` is called with every rule that applies, the last included.
   */
  decide (subject: S, matches: Matches<S, R>): R | undefined {
    matches.onLook?.(this, subject)
    const { rules, filter } = this.#index.candidates(subject)
    filter.look(subject)
    for (let n = filter.next(0); n >= 0; n = filter.next(n + 1)) {
      const rule = rules[n]!
      if (!rule.test(subject)) continue
      if (rule.action === 'challenge' && matches.isCleared?.(subject) === true) continue
      matches.onMatch(rule, subject)
      if (!rule.simulated && !goesOn.has(rule.action)) return rule
    }
    return undefined
  }

  /** Returns every rule with whether it applies, in their order, up to the one that ends it. */
  look (subject: S): { readonly rule: R, readonly applies: boolean, readonly ends: boolean }[] {
    const looked: { rule: R, applies: boolean, ends: boolean }[] = []
    for (const rule of this.#index.rules) {
      const applies = rule.test(subject)
      const ends = applies && !rule.simulated && !goesOn.has(rule.action)
      looked.push({ rule, applies, ends })
      if (ends) break
    }
    return looked
  }
}
