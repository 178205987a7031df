import {
  describeChoices,
  MAX_TOKENS,
  rotateInput,
  tokenInput,
  WeirError,
  type ApiTokenView,
  type NewApiToken,
  type RotateInput,
  type TokenInput
} from '@weirlb/model'
import type { SavedSecret, SavedToken, TokenArchive } from '@weirlb/core'
import { digestOf, sameDigest } from './bearer.ts'
import { Credential } from './credential.ts'
import type { Principal } from './principal.ts'
import { makeTokenText, tokenIdIn } from './token-text.ts'

/** Longest time between two saves of when tokens were last used. */
const SAVE_USE_MS = 60_000
/** Longest that a timer of Node waits. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Compared with a token that has an unknown public part, so that it takes as long as any other. */
const nothing = Buffer.alloc(32)

/** Options of the named tokens. */
export interface ApiTokensOptions {
  /** Where they are kept; without it, they end with the process. */
  readonly archive?: TokenArchive | undefined
  /** Told of a save that failed and that nobody waits for. */
  readonly onSaveFailed?: ((error: Error) => void) | undefined
}

/**
 * The named tokens of the API. A change is saved before it takes effect, so a token that was shown outlives a crash,
 * and one that could not be saved was never valid.
 */
export class ApiTokens {
  readonly #options: ApiTokensOptions
  #tokens: ReadonlyMap<string, SavedToken> = new Map()
  #credentials = new Map<string, Credential>()
  readonly #usedMs = new Map<string, number>()
  #unsavedUse = false
  /** The changes, one after the other. */
  #turn: Promise<unknown> = Promise.resolve()
  #expiry: NodeJS.Timeout | undefined
  #saving: NodeJS.Timeout | undefined
  /** Whether the archive is another's for now. */
  #suspended = false

  constructor (options: ApiTokensOptions = {}) { this.#options = options }

  /** Read those that were saved. Rejects with storage-failed: with unknown tokens the API must not start. */
  async restore (): Promise<void> {
    this.#apply(await this.#options.archive?.load() ?? [])
  }

  /**
   * Save when tokens were last used, and save nothing from now on: a successor may own the archive. Changes are
   * refused; tokens go on being valid until they expire.
   */
  async suspend (): Promise<void> {
    await this.#saveUse()
    // A change that has begun is saved whole.
    await this.#turn
    this.#suspended = true
    clearTimeout(this.#saving)
    this.#saving = undefined
  }

  /**
   * Take changes again. Another process may have created and revoked tokens meanwhile: what it has saved counts.
   * Rejects with storage-failed; then changes stay refused.
   */
  async resume (): Promise<void> {
    const saved = await this.#options.archive?.load()
    if (saved !== undefined) this.#apply(saved)
    this.#suspended = false
  }

  /** In the order of their creation. */
  list (): ApiTokenView[] { return [...this.#tokens.values()].map(token => this.#view(token)) }

  /** Throws not-found. */
  get (name: string): ApiTokenView { return this.#view(this.#require(this.#tokens, name)) }

  /** Create a token. Rejects with name-taken, config-invalid for one too many, or storage-failed. */
  async create (input: TokenInput): Promise<NewApiToken> {
    const { name, role, scopes, comment, expiresInSeconds } = tokenInput.parse(input)
    const { text, id } = makeTokenText()
    await this.#change(tokens => {
      if (tokens.has(name))
        throw new WeirError('name-taken', `there is a token '${name}' already; rotate it, or delete it first`)
      if (tokens.size >= MAX_TOKENS)
        throw new WeirError('config-invalid', `there are ${MAX_TOKENS} tokens, which is the maximum; delete one first`)
      tokens.set(name, {
        name,
        role,
        scopes,
        comment,
        createdAt: timeText(Date.now()),
        secrets: [secretOf(id, text, expiresInSeconds)]
      })
    })
    return { ...this.get(name), token: text }
  }

  /**
   * Give a token a new secret. The previous one stays valid for `overlapSeconds`; an earlier one ends. Rejects with
   * not-found or storage-failed.
   */
  async rotate (name: string, input: RotateInput): Promise<NewApiToken> {
    const { overlapSeconds, expiresInSeconds } = rotateInput.parse(input)
    const { text, id } = makeTokenText()
    await this.#change(tokens => {
      const token = this.#require(tokens, name)
      const now = Date.now()
      const present = token.secrets[0]!
      const until = Math.min(
        now + overlapSeconds * 1000,
        present.expiresAt === undefined ? Infinity : Date.parse(present.expiresAt)
      )
      const previous = until > now ? [{ ...present, expiresAt: timeText(until) }] : []
      tokens.set(name, {
        ...token,
        rotatedAt: timeText(now),
        secrets: [secretOf(id, text, expiresInSeconds), ...previous]
      })
    })
    return { ...this.get(name), token: text }
  }

  /** Revoke a token: it is refused from now on, and its streams end. Rejects with not-found or storage-failed. */
  async delete (name: string): Promise<void> {
    await this.#change(tokens => {
      this.#require(tokens, name)
      tokens.delete(name)
    })
    this.#usedMs.delete(name)
  }

  /**
   * Returns whose token a text is; undefined for none. Throws unauthorized, with the reason, for one that has expired.
   */
  find (text: string): Principal | undefined {
    const id = tokenIdIn(text)
    const credential = id === undefined ? undefined : this.#credentials.get(id)
    if (!sameDigest(digestOf(text), credential?.digest ?? nothing) || credential === undefined) return undefined
    const now = Date.now()
    if (credential.isExpired(now))
      throw new WeirError('unauthorized', `the token '${credential.tokenName}' has expired`)
    const { name, role, scopes } = this.#tokens.get(credential.tokenName)!
    this.#used(name, now)
    return { who: `token:${name}`, role, scopes, onEnd: ended => credential.onEnd(ended) }
  }

  #require (tokens: ReadonlyMap<string, SavedToken>, name: string): SavedToken {
    const found = tokens.get(name)
    if (found === undefined)
      throw new WeirError('not-found', `no token '${name}'; there are: ${describeChoices([...tokens.keys()])}`)
    return found
  }

  #view (
    { name, role, scopes, comment, createdAt, rotatedAt, lastUsedAt, secrets: [present, previous] }: SavedToken
  ): ApiTokenView {
    const now = Date.now()
    const used = this.#usedMs.get(name)
    return {
      name,
      id: present!.id,
      role,
      scopes: scopes === undefined ? undefined : [...scopes],
      comment,
      createdAt,
      rotatedAt,
      expiresAt: present!.expiresAt,
      expired: isOver(present!, now),
      lastUsedAt: used === undefined ? lastUsedAt : timeText(used),
      previous: previous?.expiresAt === undefined || isOver(previous, now)
        ? undefined
        : { id: previous.id, expiresAt: previous.expiresAt }
    }
  }

  async #change (change: (tokens: Map<string, SavedToken>) => void): Promise<void> {
    const done = this.#turn.then(async () => {
      if (this.#suspended)
        throw new WeirError('worker-unavailable', 'Weir is stopping, or its successor is starting', { retry: true })
      const tokens = new Map(this.#tokens)
      change(tokens)
      const saved = this.#withUse(tokens.values())
      await this.#options.archive?.save(saved)
      this.#apply(saved)
    })
    this.#turn = done.catch(() => {})
    await done
  }

  #apply (tokens: readonly SavedToken[]): void {
    this.#tokens = new Map(tokens.map(token => [token.name, token]))
    const before = this.#credentials
    this.#credentials = new Map()
    for (const { name, secrets } of tokens) {
      for (const { id, hash, expiresAt } of secrets) {
        const expiresMs = expiresAt === undefined ? undefined : Date.parse(expiresAt)
        const known = before.get(id)
        if (known === undefined) {
          this.#credentials.set(id, new Credential(id, name, Buffer.from(hash, 'base64'), expiresMs))
        } else {
          known.expiresMs = expiresMs
          this.#credentials.set(id, known)
        }
      }
    }
    for (const [id, credential] of before) if (!this.#credentials.has(id)) credential.end()
    this.#expire()
  }

  /** End the credentials whose time has come, and come back for the next one. */
  #expire (): void {
    clearTimeout(this.#expiry)
    const now = Date.now()
    let next = Infinity
    for (const credential of this.#credentials.values()) {
      if (credential.ended || credential.expiresMs === undefined) continue
      if (credential.isExpired(now)) credential.end()
      else next = Math.min(next, credential.expiresMs)
    }
    if (next < Infinity) this.#expiry = setTimeout(() => { this.#expire() }, Math.min(next - now, MAX_TIMER_MS)).unref()
  }

  #used (name: string, now: number): void {
    this.#usedMs.set(name, now)
    if (this.#options.archive === undefined) return
    this.#unsavedUse = true
    if (!this.#suspended) this.#saving ??= setTimeout(() => { this.#saving = undefined; void this.#saveUse() }, SAVE_USE_MS).unref()
  }

  #withUse (tokens: Iterable<SavedToken>): SavedToken[] {
    return [...tokens].map(token => {
      const used = this.#usedMs.get(token.name)
      return used === undefined ? token : { ...token, lastUsedAt: timeText(used) }
    })
  }

  async #saveUse (): Promise<void> {
    if (!this.#unsavedUse || this.#suspended) return
    this.#unsavedUse = false
    await this.#change(() => {}).catch((error: unknown) => {
      this.#unsavedUse = true
      this.#options.onSaveFailed?.(error as Error)
    })
  }
}

const timeText = (ms: number): string => new Date(ms).toISOString()

const isOver = ({ expiresAt }: SavedSecret, now: number): boolean =>
  expiresAt !== undefined && Date.parse(expiresAt) <= now

const secretOf = (id: string, text: string, expiresInSeconds: number | undefined): SavedSecret => ({
  id,
  hash: digestOf(text).toString('base64'),
  expiresAt: expiresInSeconds === undefined ? undefined : timeText(Date.now() + expiresInSeconds * 1000)
})
