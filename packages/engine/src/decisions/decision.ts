import type { ClientFacts } from '@weirlb/link'
import type { Control } from './control.ts'

/** A value of a decision as it is shown. What must not be shown is replaced before. */
export type DecisionValue = string | number | boolean | readonly string[]

/** Values by name. */
export type DecisionValues = Readonly<Record<string, DecisionValue>>

/**
 * A decision of the edge, as it is reported. Kinds, phases and actions are open: each part that decides has its own.
 */
export interface Decision {
  /** Unique over all workers and time. */
  readonly id: string
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** The part that decided: `rule`, `flood`, `edge-function`. */
  readonly kind: string
  /** The rule or control. */
  readonly name: string
  readonly action: string
  /** It had no effect. */
  readonly simulated: boolean
  readonly phase: string
  readonly userVserver: string
  readonly address: string
  readonly port: number
  /** Identifier of the connection, once there is one. */
  readonly connection: string | undefined
  readonly clientId: string | undefined
  readonly topic: string | undefined
  readonly country: string | undefined
  readonly asn: number | undefined
  /** What was looked at. */
  readonly fields: DecisionValues
  /** What else the part has to say: a score, the rules that contributed to it, a rate. */
  readonly detail: DecisionValues | undefined
  /**
   * So many decisions of its control it stands for, itself included: those before it that were counted and not
   * reported.
   */
  readonly weight: number
}

/** Whom or what a decision is about. Optional parts are read only for what is counted or reported. */
export interface DecisionSubject {
  readonly vserver: { readonly name: string }
  readonly facts: Pick<ClientFacts, 'address' | 'port'>
  readonly connection?: { readonly id: string } | undefined
  /** The name that the client gives itself in its protocol. */
  readonly clientId?: string | undefined
  /** What its message is about. */
  readonly topic?: string | undefined
  readonly country?: string | undefined
  readonly asn?: number | undefined
}

/** What decides: one object for all of its decisions, so that none is made for those that are only counted. */
export interface Decider<S extends DecisionSubject = DecisionSubject> {
  readonly control: Control
  readonly phase: string
  readonly action: string
  readonly simulated: boolean
  /** Few of its decisions are reported: it lets clients pass, and these would hide the others. */
  readonly quiet?: true | undefined
  /** Values that it looked at; called for what is reported only. It hides what must not be shown. */
  values? (subject: S): DecisionValues
}

/** Actions that change nothing for the client. */
const harmless: ReadonlySet<string> = new Set(['log', 'skip', 'allow', 'pass'])

/** True for a decision that changes something for the client. */
export const takesEffect = ({ action, simulated }: { readonly action: string, readonly simulated: boolean }): boolean =>
  !simulated && !harmless.has(action)
