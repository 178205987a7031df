import { join } from 'node:path'
import { atomicWrite } from './atomic-write.ts'
import { readJson } from './json-file.ts'
import { attempt } from './storage-failure.ts'

/** An account at an authority. */
export interface AcmeAccount {
  /** PEM private key. */
  readonly key: string
  /** Given by the authority; undefined before it knows the key. */
  readonly url?: string | undefined
}

/** What is known of a certkey that is ordered. */
export interface AcmeRecord {
  /** What the present certificate was ordered for; undefined before the first. */
  readonly issuedFor?: string | undefined
  /** PEM chain and private key. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
  /** How it was ordered last. */
  readonly triedFor?: string | undefined
  /** Orders in that way which failed since the last certificate. */
  readonly failures: number
  readonly lastError?: string | undefined
  /** The next order in that way is not before this time (ISO 8601). */
  readonly nextAttempt?: string | undefined
}

/** All that ACME keeps over a restart: private keys included. */
export interface AcmeState {
  /** By directory and customer. */
  readonly accounts: Readonly<Record<string, AcmeAccount>>
  /** By certkey. */
  readonly certkeys: Readonly<Record<string, AcmeRecord>>
}

/** Keeps accounts and certificates over a restart. Both reject with `storage-failed`. */
export interface AcmeArchive {
  load (): Promise<AcmeState | undefined>
  save (state: AcmeState): Promise<void>
}

/** Keeps them in `DIR/acme.json`, which only its owner can read (mode 0600). */
export class AcmeFile implements AcmeArchive {
  readonly #path: string

  constructor (directory: string) { this.#path = join(directory, 'acme.json') }

  async load (): Promise<AcmeState | undefined> {
    return await readJson(this.#path, isState)
  }
  async save (state: AcmeState): Promise<void> {
    await attempt('save', this.#path, async () => {
      await atomicWrite(this.#path, JSON.stringify(state, null, 2))
    })
  }
}

type Fields = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isState = (value: unknown): value is AcmeState =>
  isObject(value) && isObject(value['accounts']) && isObject(value['certkeys']) &&
  Object.values(value['accounts']).every(account => isObject(account) && typeof account['key'] === 'string') &&
  Object.values(value['certkeys']).every(record => isObject(record) && typeof record['failures'] === 'number')
