/** Where clients pass challenges, on every user vserver with HTTP. */
export const CHALLENGE_PATH = '/.well-known/weir/challenge'

/** Returns true for a path, with a query or without, that is Weir's own. */
export const isChallengePath = (path: string): boolean =>
  path === CHALLENGE_PATH || path.startsWith(`${CHALLENGE_PATH}?`)
