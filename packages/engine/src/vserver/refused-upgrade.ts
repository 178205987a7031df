import type { RefusalResponse, UpgradeRefusal } from '@weirlb/link'
import type { FunctionOutcome } from '../edge/outcome.ts'
import type { Refusal } from '../gate/gate.ts'

/** What a client gets in place of a WebSocket that the gate refuses. */
export const refusedUpgrade = ({ reason, detail, response, retryAfterSeconds }: Refusal): UpgradeRefusal => {
  const limited = reason === 'rate-limit'
  const type: [string, string] = ['Content-Type', `${response?.contentType ?? 'text/plain'}; charset=utf-8`]
  return {
    kind: limited || reason === 'banned' || reason === 'not-allowed' ? reason : 'rule',
    detail,
    status: response?.status ?? (limited ? 429 : 403),
    headers: retryAfterSeconds === undefined ? [type] : [type, ['Retry-After', String(retryAfterSeconds)]],
    body: response?.body ?? 'this client may not be served\n'
  }
}

/** The same where it may pass a challenge, which a WebSocket cannot show. */
export const challengedUpgrade = (
  { detail }: Refusal,
  { contentType, body, headers = [] }: RefusalResponse
): UpgradeRefusal => ({
  kind: 'challenge',
  detail,
  status: 403,
  headers: [['Content-Type', `${contentType}; charset=utf-8`], ...headers],
  body
})

/** What a client gets in place of a WebSocket that an edge function refuses; undefined: it lets the client pass. */
export const upgradeRefusedBy = (outcome: FunctionOutcome): UpgradeRefusal | undefined => {
  if (outcome.kind === 'allow') return undefined
  const { reason, detail, status, headers, body } = outcome
  return { kind: reason, detail, status, headers, body }
}
