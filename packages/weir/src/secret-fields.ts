/** Names of fields that no log shows, at any depth. */
export const secretFields = [
  'key',
  'hmacKey',
  'token',
  'password',
  'secret',
  'authorization',
  'Authorization',
  'cookie'
] as const
