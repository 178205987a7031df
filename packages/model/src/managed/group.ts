import type { ProtocolControlId } from '../flood-controls.ts'
import type { RulePhase } from '../rule.ts'

/** One check of a managed group. */
export interface ManagedRule {
  /** Identifier within the group: `M005`. */
  readonly id: string
  /** What it finds. */
  readonly text: string
  /** Clause of a specification, CVE or other source. */
  readonly source: string
  /** What it does where its mode is `default`. */
  readonly shipped: 'block' | 'simulate'
  /** Condition in the rule language; undefined: it is `fixed`, or comes from an option of the managed check. */
  readonly expression: string | undefined
  /** Weir refuses it in every mode, because it could not be forwarded safely. */
  readonly fixed?: true
  /** Undefined: as soon as its fields are known. */
  readonly phase?: RulePhase
  /** The control against floods that it is part of. */
  readonly floodControl?: ProtocolControlId
}

/** A group of managed checks, which Weir keeps. */
export interface ManagedGroup {
  readonly text: string
  /** Its checks look at HTTP requests, whose clients can be challenged. */
  readonly challenges: boolean
  readonly rules: readonly ManagedRule[]
}
