import type { FloodControlId, RulePhase } from '@weirlb/model'

/** What decides against a client: a control, its threat score, or defence mode. */
export type FloodDecision = FloodControlId | 'security-level' | 'defence-mode'

/** Why a client is refused. */
export interface FloodRefusal { readonly control: FloodDecision, readonly detail: string }

/** When a decision is made, and whether it refuses a client or ends one that was let in. */
interface Moment { readonly phase: RulePhase, readonly action: 'block' | 'close' | 'challenge' }

const ends = (phase: RulePhase): Moment => ({ phase, action: 'close' })
const refuses = (phase: RulePhase): Moment => ({ phase, action: 'block' })

/** Those that are no refusals of clients as they connect. */
const moments: Partial<Readonly<Record<FloodDecision, Moment>>> = {
  D005: refuses('hello'),
  D006: ends('hello'),
  D008: ends('connect'),
  D009: ends('request'),
  D010: ends('first-message'),
  D012: refuses('first-message'),
  D013: ends('message'),
  D014: ends('message'),
  D015: ends('message'),
  D021: ends('reply'),
  D022: ends('message')
}
const atConnect = refuses('connect')

/** When something decides against clients, and what becomes of them. */
export const momentOf = (decision: FloodDecision): Moment => moments[decision] ?? atConnect
/** The same of a request that is challenged. */
export const challenged: Moment = { phase: 'request', action: 'challenge' }
