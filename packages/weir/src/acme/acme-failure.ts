/** An order came to nothing. The message is for people, and holds no secret. */
export class AcmeFailure extends Error {
  override readonly name = 'AcmeFailure'
  /** The authority's kind of problem (RFC 8555 §6.7), without its prefix: `rateLimited`. */
  readonly kind: string | undefined
  /** The authority wants to be left alone this long, in milliseconds. */
  readonly retryAfterMs: number

  constructor (message: string, kind?: string, retryAfterMs = 0) {
    super(message)
    this.kind = kind
    this.retryAfterMs = retryAfterMs
  }
}

/** A problem document (RFC 7807). */
export interface Problem { readonly type?: unknown, readonly detail?: unknown, readonly subproblems?: unknown }

const PREFIX = 'urn:ietf:params:acme:error:'
/** Most characters of what an authority says that are shown. */
const MAX_SHOWN = 500

/** Returns a text from elsewhere in one line, of a bounded length. */
export const shown = (text: string): string => {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line
}

/** Returns the kind of a problem. */
export const kindOf = ({ type }: Problem): string | undefined =>
  typeof type !== 'string' ? undefined : shown(type.startsWith(PREFIX) ? type.slice(PREFIX.length) : type)

/** Returns what a problem says: `detail (kind)`. */
export const wordsOf = (problem: Problem): string => {
  const kind = kindOf(problem)
  const detail = typeof problem.detail === 'string' && problem.detail !== '' ? shown(problem.detail) : undefined
  return detail === undefined ? kind ?? 'no reason was given' : kind === undefined ? detail : `${detail} (${kind})`
}
