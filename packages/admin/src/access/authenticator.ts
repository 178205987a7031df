import { WeirError } from '@weirlb/model'
import type { ApiTokens } from './api-tokens.ts'
import { bearerIn, digestOf, sameDigest } from './bearer.ts'
import type { FailedAttempts } from './failed-attempts.ts'
import { checkLocal, checkOrigin, type Caller } from './local-only.ts'
import { adminToken, loopback, type Principal } from './principal.ts'

/** What a request shows of its client. */
export interface Presented extends Caller {
  readonly authorization: string | undefined
  /** Where failures are counted: an address, or `socket`. */
  readonly from: string
  /**
   * Whom the connection itself shows: the peer of a Unix socket, the subject of a verified certificate. May throw
   * unauthorized.
   */
  identify (): Principal | undefined
}

export interface AuthenticatorOptions {
  /** The token that the server was started with. */
  readonly token: (() => string) | undefined
  readonly tokens: ApiTokens
  /** Whether clients on this machine need no token. */
  readonly local: boolean
  readonly failures: FailedAttempts
  /** Called with failures to report, and the last of them. */
  readonly onFailures: (from: string, count: number, last: WeirError) => void
}

/**
 * Finds out who sends a request. The first of these that applies decides:
 *
 *   1. a bearer token: the one of the server, or a named one
 *   2. the connection: the peer of a Unix socket, or a client certificate
 *   3. a client on this machine, where those need no token
 */
export class Authenticator {
  readonly #options: AuthenticatorOptions

  constructor (options: AuthenticatorOptions) { this.#options = options }

  /** Throws unauthorized, authentication-throttled or forbidden. */
  principal (presented: Presented): Principal {
    const { local } = this.#options
    const { authorization } = presented
    const bearer = authorization === undefined ? undefined : bearerIn(authorization)
    if (bearer !== undefined) return this.#holder(bearer, presented)
    try {
      const shown = presented.identify()
      if (shown !== undefined) {
        // A browser sends a certificate by itself, whichever page asks it to. Nor may a program that passes requests on
        // to a Unix socket make its own clients this machine's.
        if (presented.peer === undefined) checkLocal(presented)
        else checkOrigin(presented)
        return shown
      }
      if (local) {
        checkLocal(presented)
        return loopback
      }
    } catch (error) {
      this.#failed(presented.from, Date.now(), false, error)
      throw error
    }
    if (authorization === undefined)
      throw new WeirError(
        'unauthorized',
        'the request has no Authorization header; send: Authorization: Bearer <token>'
      )
    throw new WeirError('unauthorized', 'the Authorization header is not of the form: Bearer <token>')
  }

  #holder (bearer: string, { from }: Presented): Principal {
    const { token, tokens, failures } = this.#options
    const now = Date.now()
    // 256 random bits cannot be guessed: a named token is taken from an address that others have used up, too.
    let expired: unknown
    try {
      const named = tokens.find(bearer)
      if (named !== undefined) return named
    } catch (error) { expired = error }
    const wait = failures.waitSeconds(from, now)
    if (wait > 0) {
      const error = new WeirError(
        'authentication-throttled',
        `too many wrong tokens came from ${from}: try again in ${wait} s; a named token is taken all the same`,
        { retry: true, cause: { retryAfterSeconds: wait } }
      )
      this.#failed(from, now, false, error)
      throw error
    }
    if (token !== undefined && sameDigest(digestOf(bearer), digestOf(token()))) return adminToken
    const error = expired ?? new WeirError('unauthorized', 'the bearer token is wrong')
    this.#failed(from, now, true, error)
    throw error
  }

  #failed (from: string, now: number, tried: boolean, error: unknown): void {
    const { failures, onFailures } = this.#options
    const count = failures.failed(from, now, tried)
    if (count > 0) onFailures(from, count, error as WeirError)
  }
}
