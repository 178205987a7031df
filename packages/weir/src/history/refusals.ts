import type { CloseReason } from '@weirlb/model'

/**
 * Close reasons of clients and requests that were kept out, or for which nobody could be found: what an operator calls
 * refused.
 */
export const refusals: readonly CloseReason[] = [
  'rejected', 'no-service', 'session-unknown', 'dial-failed', 'extension-down', 'not-allowed', 'rule',
  'function-failed', 'rate-limit', 'banned', 'limit', 'flood', 'challenged', 'no-protocol', 'proxy-failed',
  'tls-failed', 'http-failed', 'upgrade-refused', 'client-unverified'
]
