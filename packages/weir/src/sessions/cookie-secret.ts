import { randomBytes } from 'node:crypto'
import type { Log } from '@weirlb/engine'
import type { Secret, SecretArchive } from '../storage/secret.ts'

/**
 * The secret that the keys of affinity cookies are made from: the same on every worker, and after a restart where there
 * is an archive. It is never replaced: browsers keep their cookies for as long as they run.
 */
export class CookieSecret {
  readonly #archive: SecretArchive | undefined
  readonly #log: Log
  #secret: Secret = { secret: randomBytes(32).toString('base64'), madeAt: new Date().toISOString() }

  /** `archive` undefined: the secret ends with the process. */
  constructor (archive: SecretArchive | undefined, log: Log) {
    this.#archive = archive
    this.#log = log
  }

  /** In base64. */
  get secret (): string { return this.#secret.secret }

  /** Take the saved secret. Cookies are no reason not to start: a secret that cannot be read is replaced. */
  async restore (): Promise<void> {
    try {
      const saved = await this.#archive?.load()
      if (saved === undefined) await this.#archive?.save(this.#secret)
      else this.#secret = saved
    } catch (error) {
      this.#log.warn(
        { error: (error as Error).message },
        'the secret of affinity cookies was not read or not saved: clients with cookies are balanced anew'
      )
    }
  }
}
