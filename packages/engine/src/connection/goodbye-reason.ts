import type { CloseReason } from '@weirlb/model'
import type { goodbyeReasons } from '@weirlb/sdk/abi'

export type GoodbyeReason = typeof goodbyeReasons[number]

/** The ends with a goodbye of the protocol, and the reason that it receives. The others are plain closes. */
export const goodbyeReason = {
  'client-closed': undefined,
  'server-closed': undefined,
  'client-reset': undefined,
  'server-reset': 'service-down',
  rejected: undefined,
  'protocol-error': 'protocol-error',
  'first-message-timeout': undefined,
  'idle-timeout': 'idle',
  'extension-error': 'extension-error',
  'extension-down': undefined,
  'no-service': 'no-service',
  'session-unknown': undefined,
  'dial-failed': 'dial-failed',
  'first-reply-timeout': 'dial-failed',
  'reply-missing': 'service-down',
  'reply-unexpected': 'protocol-error',
  'service-down': 'service-down',
  'not-allowed': undefined,
  rule: 'rule',
  function: undefined,
  'function-failed': undefined,
  'rate-limit': 'rate-limit',
  banned: 'rule',
  limit: 'limit',
  flood: 'limit',
  challenged: undefined,
  'no-protocol': undefined,
  'proxy-failed': undefined,
  'proxy-silent': undefined,
  'tls-failed': undefined,
  'clear-after-start-tls': 'protocol-error',
  'http-failed': undefined,
  'upgrade-refused': undefined,
  'client-unverified': undefined,
  draining: 'draining',
  rebalanced: 'draining',
  shutdown: 'shutdown',
  killed: 'killed',
  'worker-lost': undefined,
  'internal-error': undefined
} as const satisfies Record<CloseReason, GoodbyeReason | undefined>
