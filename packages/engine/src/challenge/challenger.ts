import type { SecurityLevel, UserVserver } from '@weirlb/model'
import { type ClientFacts, type RefusalResponse, setCookie } from '@weirlb/link'
import type { FloodRefusal } from '../floods/flood-decision.ts'
import { sourceOf } from '../floods/source-of.ts'
import { challengeHeaders, challengePage, returnPath } from './challenge-page.ts'
import { type Cleared, clearanceCookie, type Clearances } from './clearance.ts'

/** A request as challenges see it. */
export interface ChallengedRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly secure: boolean
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** What is known of a user vserver's clients. */
export interface Suspicion {
  readonly config: UserVserver
  readonly defending: boolean
  exempts (address: string): boolean
  isGood (address: string): boolean
  threat (address: string): number
}

/** Threat scores above which clients are challenged. */
const thresholds: Readonly<Record<SecurityLevel, number>> = {
  off: Infinity,
  low: 24,
  medium: 14,
  high: 0,
  'under-attack': -1
}

/** More bits of work in defence mode. */
const DEFENCE_BITS = 2
const MOST_BITS = 24

/** A browser shows what this request brings. */
const wantsPage = ({ method, headers: { accept } }: ChallengedRequest): boolean =>
  (method === 'GET' || method === 'HEAD') && typeof accept === 'string' && accept.includes('text/html')

/** The response to the endpoint of challenges. */
export interface ChallengeResult { readonly status: number, readonly response: RefusalResponse }

/** Challenges the clients of a user vserver, and lets those pass that have passed one. */
export class Challenger {
  readonly #userVserver: string
  readonly #suspicion: Suspicion
  readonly #clearances: Clearances

  constructor (userVserver: string, suspicion: Suspicion, clearances: Clearances) {
    this.#userVserver = userVserver
    this.#suspicion = suspicion
    this.#clearances = clearances
  }

  /** Returns true if a client has passed a challenge. */
  clears ({ address }: ClientFacts, { headers }: Pick<ChallengedRequest, 'headers'>): boolean {
    const cookies = headers['cookie']
    return this.#clearances.clears(
      this.#whom(address),
      typeof cookies === 'object' ? cookies.join('; ') : cookies,
      this.#suspicion.config.floods.clearanceSeconds
    )
  }

  /** Returns why a client has to pass a challenge now whatever rules say; undefined: it has not. */
  suspects (client: ClientFacts, request: ChallengedRequest, upgrade: boolean): FloodRefusal | undefined {
    const why = this.#suspects(client.address, request, upgrade)
    return why === undefined || this.clears(client, request) ? undefined : why
  }

  #suspects (address: string, request: ChallengedRequest, upgrade: boolean): FloodRefusal | undefined {
    const suspicion = this.#suspicion
    const { level } = suspicion.config.floods
    if (level === 'off' && !suspicion.defending) return undefined
    if (suspicion.exempts(address)) return undefined
    if (level === 'under-attack') return { control: 'security-level', detail: 'security level under-attack' }
    if (suspicion.isGood(address)) return undefined
    if (suspicion.threat(address) > thresholds[level])
      return { control: 'security-level', detail: `threat score above ${thresholds[level]}` }
    // Devices and programs cannot pass a challenge; they have a share of the connects.
    return suspicion.defending && (upgrade ? request.headers['origin'] !== undefined : wantsPage(request))
      ? { control: 'defence-mode', detail: 'defence mode' }
      : undefined
  }

  /** What a challenged client gets. */
  refusal (client: ClientFacts, request: ChallengedRequest): RefusalResponse {
    return wantsPage(request) ? this.#page(client, undefined) : this.upgradeRefusal
  }

  /** What a client without a page gets. */
  readonly upgradeRefusal: RefusalResponse = {
    contentType: 'text/plain',
    body: 'this client has to pass a challenge first\n',
    headers: challengeHeaders
  }

  /** Handles a request to the endpoint of challenges: a found number, or the wish for a page. */
  answer (client: ClientFacts, { path, secure }: ChallengedRequest): ChallengeResult {
    const query = new URLSearchParams(path.slice(path.indexOf('?') < 0 ? path.length : path.indexOf('?') + 1))
    const puzzle = query.get('puzzle')
    if (puzzle === null) return { status: 200, response: this.#page(client, returnPath(query.get('to')) ?? '/') }
    const whom = this.#whom(client.address)
    if (!this.#clearances.solves(whom, puzzle, query.get('found') ?? ''))
      return {
        status: 403,
        response: { contentType: 'text/plain', body: 'this solves no challenge\n', headers: challengeHeaders }
      }
    const { clearanceSeconds } = this.#suspicion.config.floods
    const cookie = setCookie(
      {
        name: clearanceCookie(this.#userVserver),
        secure: 'auto',
        httpOnly: true,
        sameSite: 'lax',
        maxAgeSeconds: clearanceSeconds
      },
      this.#clearances.issue(whom, clearanceSeconds),
      secure
    )
    return {
      status: 200,
      response: {
        contentType: 'text/plain',
        body: 'passed\n',
        headers: [['Set-Cookie', cookie], ['Cache-Control', 'no-store']]
      }
    }
  }

  #page (client: ClientFacts, to: string | undefined): RefusalResponse {
    const bits = Math.min(
      MOST_BITS,
      this.#suspicion.config.floods.proofBits + (this.#suspicion.defending ? DEFENCE_BITS : 0)
    )
    return challengePage(this.#clearances.puzzle(this.#whom(client.address), bits), bits, to)
  }

  #whom (address: string): Cleared { return { userVserver: this.#userVserver, address: sourceOf(address) } }
}
