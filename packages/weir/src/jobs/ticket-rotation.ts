import { randomBytes } from 'node:crypto'
import type { Log } from '@weirlb/engine'
import type { Secret, SecretArchive } from '../storage/secret.ts'

const HOUR_MS = 3_600_000
/** A recorded ticket can be decrypted with the key of its day (RFC 5077 §5.5). */
const LIFETIME_MS = 24 * HOUR_MS

export interface TicketRotationOptions {
  /** Undefined: the secret ends with the process. */
  readonly archive: SecretArchive | undefined
  readonly log: Log
  /** Milliseconds since 1970. Default: the machine's clock. */
  readonly now?: () => number
}

/**
 * The secret that the keys of TLS tickets are made from: the same on every worker, and after a restart where there is
 * an archive; another every day.
 */
export class TicketRotation {
  readonly #archive: SecretArchive | undefined
  readonly #log: Log
  readonly #now: () => number
  #secret: Secret
  #timer: NodeJS.Timeout | undefined

  constructor ({ archive, log, now = Date.now }: TicketRotationOptions) {
    this.#archive = archive
    this.#log = log
    this.#now = now
    this.#secret = this.#made()
  }

  /** In base64. */
  get secret (): string { return this.#secret.secret }

  /**
   * Take the saved secret where it is not too old. Tickets are no reason not to start: a secret that cannot be read is
   * replaced, and clients do full handshakes.
   */
  async restore (): Promise<void> {
    try {
      const saved = await this.#archive?.load()
      if (saved !== undefined) this.#secret = saved
      if (saved === undefined || this.#isOld()) await this.#renew()
    } catch (error) {
      this.#log.warn(
        { error: (error as Error).message },
        'the secret of TLS tickets was not read: clients that come back do full handshakes'
      )
      await this.#renew()
    }
  }

  /** Create another secret when the current one is old, and call `onRotated`. */
  start (onRotated: () => Promise<void>): void {
    this.#timer ??= setInterval(() => {
      void this.look(onRotated)
    }, HOUR_MS).unref()
  }

  stop (): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  async look (onRotated: () => Promise<void>): Promise<void> {
    if (!this.#isOld()) return
    await this.#renew()
    await onRotated().catch((error: unknown) => {
      this.#log.error({ error: (error as Error).message }, 'the keys of TLS tickets were not rotated')
    })
  }

  #isOld (): boolean {
    const age = this.#now() - Date.parse(this.#secret.madeAt)
    // Made in the future: the clock was wrong then, or is now.
    return age >= LIFETIME_MS || age < 0
  }

  async #renew (): Promise<void> {
    this.#secret = this.#made()
    try {
      await this.#archive?.save(this.#secret)
    } catch (error) {
      this.#log.warn(
        { error: (error as Error).message },
        'the secret of TLS tickets was not saved: clients do full handshakes after a restart'
      )
    }
  }

  #made (): Secret {
    return { secret: randomBytes(32).toString('base64'), madeAt: new Date(this.#now()).toISOString() }
  }
}
