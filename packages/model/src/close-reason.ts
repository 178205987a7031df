/**
 * Close reasons: the words for the end of a connection in the log, the counters and the API. Every connection ends
 * with exactly one.
 */
export const closeReasons = {
  'client-closed': 'The client closed the connection.',
  'server-closed': 'The server closed the connection.',
  'client-reset': 'The client reset the connection or its network failed.',
  'server-reset': 'The server reset the connection or its network failed.',
  rejected: 'The extension refused the client.',
  'protocol-error': 'The bytes do not follow the protocol: malformed, or a frame over its maximum.',
  'first-message-timeout': 'The first message was not complete in time.',
  'idle-timeout': 'The client was silent for too long.',
  'extension-error': 'The extension threw, exceeded its limits, or returned an invalid verdict.',
  'extension-down': 'The extension is out of service after failing repeatedly.',
  'no-service': 'No service could take the client.',
  'session-unknown': 'The client asked for the server of a session that has no entry, or whose server is gone.',
  'dial-failed': 'No service could be reached.',
  'first-reply-timeout':
    'The server did not begin to answer in time (`firstReplyTimeoutSeconds`), and no other could be tried.',
  'reply-missing': 'A server closed its connection with replies outstanding.',
  'reply-unexpected': 'A server sent a message that matches no request.',
  'service-down':
    'The service of a connected client was disabled, removed or moved, or went down where `onDown` is `close`.',
  'not-allowed':
    'The client may not come in, or not ask for this: its address is not in `allowFrom`, or an access rule, a lockdown or a user-agent rule refuses it.',
  rule: 'A rule of the operator blocked the client, or one of its messages.',
  function: 'An edge function answered the request, in place of a server.',
  'function-failed': 'The edge function that decides on the request failed, and does not fail open.',
  'rate-limit': 'A rate limit of the operator blocked the client, or one of its messages.',
  banned: 'The address of the client is banned for a time.',
  limit: 'A configured maximum of clients was reached.',
  flood: 'A control against floods refused the client: its number is in the detail.',
  challenged: 'The client has to pass a challenge first.',
  'no-protocol': 'The first bytes fit none of the user protocols that share the port.',
  'proxy-failed': 'The PROXY protocol header was missing, malformed or late.',
  'proxy-silent': 'The balancer in front closed its connection without a PROXY protocol header or any other byte, as health checks do.',
  'tls-failed': 'The TLS handshake failed.',
  'clear-after-start-tls':
    'The client sent bytes without TLS behind its request to start TLS, where somebody else may have put them.',
  'http-failed':
    'The client sent no HTTP request that could be taken: malformed, too large, not whole in time, or one that nothing here answers.',
  'upgrade-refused':
    'The request for a WebSocket was refused: path, origin, sub-protocol, or a handshake that is none.',
  'client-unverified': 'The client has no valid certificate or pre-shared key, and the vserver asks for one.',
  draining: 'The vserver was disabled or removed, or its service is being drained by a job.',
  rebalanced: 'A rebalance moves the client to another service.',
  shutdown: 'Weir is shutting down.',
  killed: 'An operator closed the connection.',
  'worker-lost': 'The worker process that served it ended.',
  'internal-error': 'A fault in Weir itself.'
} as const satisfies Record<string, string>

export type CloseReason = keyof typeof closeReasons
