// Decides whether a client gets the reason for its end. A reason keeps many clients away for good where a plain close
// makes them reconnect (docs/reference/mqtt-clients.md).
import { reject, type Reason, type Reject } from '@weirlb/sdk'
import type { MqttContext } from './context.ts'
import { disconnect } from './packet/acknowledgement.ts'
import { connack, ReasonCode } from './packet/connack.ts'
import type { Params } from './policy.ts'

/**
 * Ends that a client meets again however often it comes; at a rate limit, that is what it should not do. The causes of
 * all others pass.
 */
const finalReasons: ReadonlySet<Reason> = new Set(['protocol-error', 'rule', 'rate-limit'])

/**
 * The same of the extension's own refusals, by their MQTT 5 code: a client over a quota is within it when it comes
 * back.
 */
const isTemporary = (code: number): boolean => code === ReasonCode.quotaExceeded

const saysWhy = (temporary: boolean, { temporaryEnd, finalEnd }: Params): boolean =>
  (temporary ? temporaryEnd : finalEnd) === 'goodbye'

/** True when a connection that ends for this reason is closed without a word. */
export const closesPlainly = (reason: Reason, params: Params): boolean => !saysWhy(!finalReasons.has(reason), params)

/**
 * Refuse a client: in a CONNACK until the server has accepted it, in a DISCONNECT after that. Nothing is sent if the
 * operator wants a plain close, to a client that has sent DISCONNECT, and if its version has no packet for it: 3.x
 * has no DISCONNECT, and without `codeV3` no return code.
 */
export const refuse = (why: string, { state, params }: MqttContext, codeV5: number, codeV3?: number): Reject => {
  const { level, accepted, over } = state
  if (level === undefined || over || !saysWhy(isTemporary(codeV5), params)) return reject(why)
  if (level === 5) return reject(why, accepted ? disconnect(codeV5) : connack(5, codeV5))
  return reject(why, accepted || codeV3 === undefined ? undefined : connack(level, codeV3))
}
