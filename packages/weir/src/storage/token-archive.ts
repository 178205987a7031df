import { join } from 'node:path'
import { roles, type Role } from '@weirlb/model'
import { atomicWrite } from './atomic-write.ts'
import { readJson } from './json-file.ts'
import { attempt } from './storage-failure.ts'

/** A secret of a token, as its hash. */
export interface SavedSecret {
  /** Public part of the token's text. */
  readonly id: string
  /** SHA-256 of the whole text, in base64. */
  readonly hash: string
  /** ISO 8601; undefined: never. */
  readonly expiresAt?: string | undefined
}

/** A named token of the API. */
export interface SavedToken {
  readonly name: string
  readonly role: Role
  readonly scopes?: readonly string[] | undefined
  readonly comment?: string | undefined
  /** ISO 8601, as the other times. */
  readonly createdAt: string
  readonly rotatedAt?: string | undefined
  readonly lastUsedAt?: string | undefined
  /** The present one, and before it at most one that is still valid. */
  readonly secrets: readonly SavedSecret[]
}

/** Keeps the API's tokens over a restart. Both reject with `storage-failed`. */
export interface TokenArchive {
  load (): Promise<readonly SavedToken[] | undefined>
  save (tokens: readonly SavedToken[]): Promise<void>
}

/** Keeps them in `DIR/tokens.json`, which only its owner can read (mode 0600). */
export class TokenFile implements TokenArchive {
  readonly #path: string

  constructor (directory: string) { this.#path = join(directory, 'tokens.json') }

  async load (): Promise<readonly SavedToken[] | undefined> {
    return (await readJson(this.#path, isSavedTokens))?.tokens
  }
  async save (tokens: readonly SavedToken[]): Promise<void> {
    await attempt('save', this.#path, async () => {
      await atomicWrite(this.#path, JSON.stringify({ tokens }, null, 2))
    })
  }
}

const isSavedTokens = (value: unknown): value is { readonly tokens: readonly SavedToken[] } => {
  const { tokens } = (value ?? {}) as { tokens?: unknown }
  return Array.isArray(tokens) && tokens.every(isSavedToken)
}

const isTime = (value: unknown): boolean => typeof value === 'string' && !Number.isNaN(Date.parse(value))
const isTimeOrAbsent = (value: unknown): boolean => value === undefined || isTime(value)

const isSavedToken = (value: unknown): boolean => {
  const { name, role, scopes, comment, createdAt, rotatedAt, lastUsedAt, secrets } = (value ?? {}) as Partial<
    Record<keyof SavedToken, unknown>
  >
  return typeof name === 'string' && roles.some(known => known === role) &&
    (scopes === undefined ||
      (Array.isArray(scopes) && scopes.length > 0 &&
        scopes.every(scope => typeof scope === 'string' && scope !== ''))) &&
    (comment === undefined || typeof comment === 'string') &&
    isTime(createdAt) && isTimeOrAbsent(rotatedAt) && isTimeOrAbsent(lastUsedAt) &&
    Array.isArray(secrets) && secrets.length > 0 && secrets.every(isSavedSecret)
}

const isSavedSecret = (value: unknown): boolean => {
  const { id, hash, expiresAt } = (value ?? {}) as Partial<Record<keyof SavedSecret, unknown>>
  return typeof id === 'string' && typeof hash === 'string' && Buffer.from(hash, 'base64').length === 32 &&
    isTimeOrAbsent(expiresAt)
}
