import { join } from 'node:path'
import { atomicWrite } from './atomic-write.ts'
import { readJson } from './json-file.ts'
import { attempt } from './storage-failure.ts'

/** The source of the TLS ticket keys. */
export interface TicketSecret {
  /** 32 bytes in base64. */
  readonly secret: string
  /** ISO 8601. */
  readonly madeAt: string
}

/** Keeps the secret of tickets over a restart. Both reject with `storage-failed`. */
export interface TicketSecretArchive {
  load (): Promise<TicketSecret | undefined>
  save (secret: TicketSecret): Promise<void>
}

/** Keeps it in `DIR/ticket-secret.json`, which only its owner can read (mode 0600). */
export class TicketSecretFile implements TicketSecretArchive {
  readonly #path: string

  constructor (directory: string) { this.#path = join(directory, 'ticket-secret.json') }

  async load (): Promise<TicketSecret | undefined> { return await readJson(this.#path, isTicketSecret) }
  async save (secret: TicketSecret): Promise<void> { await attempt('save', this.#path, async () => { await atomicWrite(this.#path, JSON.stringify(secret)) }) }
}

const isTicketSecret = (value: unknown): value is TicketSecret => {
  const { secret, madeAt } = (value ?? {}) as Partial<Record<keyof TicketSecret, unknown>>
  return typeof secret === 'string' && Buffer.from(secret, 'base64').length === 32 && typeof madeAt === 'string' && !Number.isNaN(Date.parse(madeAt))
}
