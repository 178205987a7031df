/** What clients may find of a service, whatever its monitors find: each with its meaning. */
export const serviceFailures = {
  'dial-failed': 'a connection could not be opened',
  closed: 'the server closed a connection before its first byte',
  unanswered: 'the first byte did not come within `firstReplyTimeoutSeconds`',
  refused: 'the server refused in its protocol, as the extension reports it'
} as const satisfies Record<string, string>
export type ServiceFailure = keyof typeof serviceFailures
