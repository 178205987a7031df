import type { CloseReason } from '@weirlb/model'

const NORMAL = 1000
const GOING_AWAY = 1001
const PROTOCOL_ERROR = 1002
const POLICY = 1008
const INTERNAL_ERROR = 1011
const TRY_AGAIN_LATER = 1013
const BAD_GATEWAY = 1014

/**
 * Close codes for a WebSocket client (RFC 6455 §7.4, and IANA's registry for 1013 and 1014). The close reason itself
 * is the frame's text, so that a page can distinguish `draining` from `shutdown`.
 */
export const closeCodes = {
  'client-closed': NORMAL,
  'server-closed': NORMAL,
  'client-reset': NORMAL,
  'server-reset': BAD_GATEWAY,
  rejected: POLICY,
  'protocol-error': PROTOCOL_ERROR,
  'first-message-timeout': POLICY,
  'idle-timeout': POLICY,
  'extension-error': INTERNAL_ERROR,
  'extension-down': TRY_AGAIN_LATER,
  'no-service': TRY_AGAIN_LATER,
  'session-unknown': POLICY,
  'dial-failed': TRY_AGAIN_LATER,
  'first-reply-timeout': TRY_AGAIN_LATER,
  'reply-missing': BAD_GATEWAY,
  'reply-unexpected': BAD_GATEWAY,
  'service-down': GOING_AWAY,
  rule: POLICY,
  function: POLICY,
  'function-failed': TRY_AGAIN_LATER,
  'rate-limit': TRY_AGAIN_LATER,
  banned: POLICY,
  limit: TRY_AGAIN_LATER,
  flood: TRY_AGAIN_LATER,
  challenged: POLICY,
  'not-allowed': POLICY,
  'no-protocol': PROTOCOL_ERROR,
  'proxy-failed': PROTOCOL_ERROR,
  'proxy-silent': NORMAL,
  'tls-failed': PROTOCOL_ERROR,
  'clear-after-start-tls': PROTOCOL_ERROR,
  'client-unverified': POLICY,
  'http-failed': PROTOCOL_ERROR,
  'upgrade-refused': PROTOCOL_ERROR,
  draining: GOING_AWAY,
  rebalanced: GOING_AWAY,
  shutdown: GOING_AWAY,
  killed: POLICY,
  'worker-lost': GOING_AWAY,
  'internal-error': INTERNAL_ERROR
} as const satisfies Record<CloseReason, number>
