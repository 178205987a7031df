import { join } from 'node:path'
import { atomicWrite } from './atomic-write.ts'
import { readJson } from './json-file.ts'
import { attempt } from './storage-failure.ts'

/** The source of keys: of TLS tickets, or of affinity cookies. */
export interface Secret {
  /** 32 bytes in base64. */
  readonly secret: string
  /** ISO 8601. */
  readonly madeAt: string
}

/** Keeps a secret over a restart. Both reject with `storage-failed`. */
export interface SecretArchive {
  load (): Promise<Secret | undefined>
  save (secret: Secret): Promise<void>
}

/** Keeps it in a file that only its owner can read (mode 0600). */
export class SecretFile implements SecretArchive {
  readonly #path: string

  constructor (directory: string, name: 'ticket-secret.json' | 'cookie-secret.json') {
    this.#path = join(directory, name)
  }

  async load (): Promise<Secret | undefined> {
    return await readJson(this.#path, isTicketSecret)
  }
  async save (secret: Secret): Promise<void> {
    await attempt('save', this.#path, async () => {
      await atomicWrite(this.#path, JSON.stringify(secret))
    })
  }
}

const isTicketSecret = (value: unknown): value is Secret => {
  const { secret, madeAt } = (value ?? {}) as Partial<Record<keyof Secret, unknown>>
  return typeof secret === 'string' && Buffer.from(secret, 'base64').length === 32 && typeof madeAt === 'string' &&
    !Number.isNaN(Date.parse(madeAt))
}
