/** A certificate for one validation over TLS (RFC 8737 §3), with its key. PEM. */
export interface ChallengeCertificate { readonly domain: string, readonly cert: string, readonly key: string }

/** A text for one validation by an HTTP request (RFC 8555 §8.3). */
export interface ChallengeText { readonly token: string, readonly keyAuthorization: string }

/** The answers to authorities that validate host names now. Plain values. */
export interface ChallengeAnswers {
  readonly tls: readonly ChallengeCertificate[]
  readonly http: readonly ChallengeText[]
}

/** Nothing is being validated. */
export const noChallenges: ChallengeAnswers = { tls: [], http: [] }

const PATH = '/.well-known/acme-challenge/'

/**
 * The answers of one data plane, for all its listeners: an authority connects to the port of its choice, and an address
 * translator in front may lead it to any. They change while connections are open.
 */
export class Challenges {
  /** Certificates are validated over TLS from time to time: hellos must be read before OpenSSL reads them. */
  overTls = false
  #byDomain: ReadonlyMap<string, ChallengeCertificate> = new Map()
  #byPath: ReadonlyMap<string, string> = new Map()

  /** `overTls`: see the field. */
  replace ({ tls, http }: ChallengeAnswers, overTls: boolean): void {
    this.overTls = overTls
    this.#byDomain = new Map(tls.map(certificate => [certificate.domain, certificate]))
    this.#byPath = new Map(http.map(({ token, keyAuthorization }) => [`${PATH}${token}`, keyAuthorization]))
  }

  /** True while an authority may come. */
  get waiting (): boolean { return this.#byDomain.size + this.#byPath.size > 0 }

  /** Returns the certificate for the validation of a name. */
  certificateFor (serverName: string): ChallengeCertificate | undefined {
    return this.#byDomain.get(serverName.toLowerCase())
  }

  /** Returns the body of the response to a GET for a path; undefined for what is no validation of ours. */
  textAt (path: string): string | undefined { return this.#byPath.get(path) }
}
