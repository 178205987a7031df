import { equal } from '@weirlb/model'
import { filesChanged, type KnownCertkeys } from '../config/certkey-reader.ts'
import type { Events } from '../events.ts'
import type { Log } from '@weirlb/engine'

const lookEveryMs = 2000

export interface CertkeyFileWatchOptions {
  /** The certkeys that run. */
  readonly certkeys: () => KnownCertkeys
  /** Read their files again and run with what is new. */
  readonly read: () => Promise<void>
  readonly log: Log
  readonly events: Events
}

/**
 * Detects replaced files of certkeys by their times and sizes: certificates are renewed by renames and through
 * symbolic links, which a watch on the file would miss.
 */
export class CertkeyFileWatch {
  readonly #options: CertkeyFileWatchOptions
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  /**
   * Faults of the last check, by certkey: a certificate and its key are replaced one after the other, so a fault is
   * reported at the second check.
   */
  #before: ReadonlyMap<string, string> = new Map()
  #committed: KnownCertkeys = new Map()
  #told = new Map<string, string>()

  constructor (options: CertkeyFileWatchOptions) { this.#options = options }

  start (): void { this.#timer ??= setInterval(() => { void this.look() }, lookEveryMs).unref() }

  stop (): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** These certkeys run from now on: report those whose files were read again, by a check or with a change. */
  committed (certkeys: KnownCertkeys): void {
    const { log, events } = this.#options
    for (const [certkey, { certkey: configured, contents, files }] of certkeys) {
      const before = this.#committed.get(certkey)
      if (
        before === undefined || before.contents === contents || files.size === 0 || !equal(before.certkey, configured)
      ) continue
      log.info({ certkey }, 'the files of a certkey changed and were read again')
      events.emit('certkey-replaced', { certkey })
    }
    this.#committed = certkeys
  }

  /** Look now. Never rejects. */
  async look (): Promise<void> {
    this.#looking ??= this.#look().catch((error: unknown) => {
      this.#options.log.error({ error: (error as Error).message }, 'the files of certkeys were not read again')
    })
    await this.#looking
    this.#looking = undefined
  }

  async #look (): Promise<void> {
    const { certkeys, read, log, events } = this.#options
    if (!await somethingToRead(certkeys())) return
    await read()
    const wrong = new Map([...certkeys()].flatMap(([name, { stale }]) => stale === undefined ? [] : [[name, stale]]))
    for (const [certkey, reason] of wrong) {
      if (this.#before.get(certkey) !== reason || this.#told.get(certkey) === reason) continue
      this.#told.set(certkey, reason)
      log.error({ certkey, reason }, 'the files of a certkey cannot be used: what they held before stays in use')
      events.emit('certkey-stale', { certkey, reason })
    }
    this.#before = wrong
    for (const name of [...this.#told.keys()]) if (!wrong.has(name)) this.#told.delete(name)
  }
}

const somethingToRead = async (certkeys: KnownCertkeys): Promise<boolean> => {
  for (const known of certkeys.values()) {
    if (known.files.size > 0 && (known.stale !== undefined || await filesChanged(known))) return true
  }
  return false
}
