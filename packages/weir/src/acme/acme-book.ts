import type { Acme } from '@weirlb/model'
import { certkeyFaults } from '@weirlb/link'
import type { Log } from '@weirlb/engine'
import type { AcmeAccount, AcmeArchive, AcmeRecord, AcmeState } from '../storage/acme-archive.ts'
import { newAccount, type IssuedCertificate } from './acme-order.ts'

const nothing: AcmeRecord = { failures: 0 }

/**
 * What is known of accounts at authorities and of certkeys that are ordered: kept over a restart where there is an
 * archive.
 */
export class AcmeBook {
  readonly #archive: AcmeArchive | undefined
  readonly #log: Log
  readonly #accounts = new Map<string, AcmeAccount>()
  readonly #records = new Map<string, AcmeRecord>()
  #saving: Promise<void> = Promise.resolve()

  constructor (archive: AcmeArchive | undefined, log: Log) {
    this.#archive = archive
    this.#log = log
  }

  /** Rejects with `storage-failed` for an archive that cannot be read: the keys in it must not be lost. */
  async restore (): Promise<void> {
    const saved = await this.#archive?.load()
    for (const [name, account] of Object.entries(saved?.accounts ?? {})) this.#accounts.set(name, account)
    for (const [name, record] of Object.entries(saved?.certkeys ?? {}))
      this.#records.set(name, this.#usable(name, record))
  }

  /** A certificate that was changed by hand is ordered anew, and prevents nothing. */
  #usable (certkey: string, { cert, key, ...rest }: AcmeRecord): AcmeRecord {
    if (cert === undefined || key === undefined) return rest
    const [fault] = certkeyFaults({ cert, key })
    if (fault === undefined) return { cert, key, ...rest }
    this.#log.error(
      { certkey, reason: `\`${fault.field}\` ${fault.message}` },
      'a saved certificate cannot be used: another one is ordered'
    )
    return nothing
  }

  /** What is known of a certkey. */
  of (certkey: string): AcmeRecord { return this.#records.get(certkey) ?? nothing }

  issuedFor (certkey: string): IssuedCertificate | undefined {
    const { cert, key } = this.of(certkey)
    return cert === undefined || key === undefined ? undefined : { cert, key }
  }

  async write (certkey: string, record: AcmeRecord): Promise<void> {
    this.#records.set(certkey, record)
    await this.#save()
  }

  /** Forget all other certkeys. Accounts stay: they belong to the authority's customer. */
  async keepOnly (certkeys: ReadonlySet<string>): Promise<void> {
    const gone = [...this.#records.keys()].filter(name => !certkeys.has(name))
    for (const name of gone) this.#records.delete(name)
    if (gone.length > 0) await this.#save()
  }

  /** Returns the account for a certkey: one for each directory and customer. */
  accountFor (acme: Acme): AcmeAccount {
    const known = this.#accounts.get(accountName(acme))
    if (known !== undefined) return known
    const account = newAccount()
    this.#accounts.set(accountName(acme), account)
    return account
  }

  /** The authority knows the account. */
  async writeAccount (acme: Acme, account: AcmeAccount): Promise<void> {
    this.#accounts.set(accountName(acme), account)
    await this.#save()
  }

  /** The latest state, one write after the other. A failure is logged: what is known stays in use. */
  async #save (): Promise<void> {
    this.#saving = this.#saving.then(async () => {
      const state: AcmeState = {
        accounts: Object.fromEntries(this.#accounts),
        certkeys: Object.fromEntries(this.#records)
      }
      await this.#archive?.save(state)
    }).catch((error: unknown) => {
      this.#log.error(
        { error: (error as Error).message },
        'accounts and certificates of authorities were not saved: they are ordered again after a restart'
      )
    })
    await this.#saving
  }
}

const accountName = ({ directory, email, externalAccountBinding }: Acme): string =>
  JSON.stringify([directory, email ?? '', externalAccountBinding?.keyId ?? ''])
