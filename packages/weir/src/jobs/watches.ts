import type { Log } from '@weirlb/engine'
import type { Revision, Revisions } from '../config/revisions.ts'
import type { Events } from '../events.ts'
import { asAuthor } from '../config/author.ts'
import { CertkeyFileWatch } from './certkey-file-watch.ts'
import { ExpirySweep } from './expiry-sweep.ts'
import { GeoFileWatch } from './geo-file-watch.ts'
import { KeyLogWatch } from './key-log-watch.ts'

export interface WatchesOptions {
  readonly revisions: Pick<Revisions, 'current' | 'refresh' | 'change'>
  readonly events: Events
  readonly log: Log
}

/**
 * What looks from time to time whether the running configuration means something else than before: files that are
 * replaced, and what ends.
 */
export class Watches {
  readonly #certkeys: CertkeyFileWatch
  readonly #geo: GeoFileWatch
  readonly #keyLogs: KeyLogWatch
  readonly #ends: ExpirySweep

  constructor ({ revisions, events, log }: WatchesOptions) {
    const read = (): Promise<void> => revisions.refresh()
    this.#certkeys = new CertkeyFileWatch({ events, log, certkeys: () => revisions.current.certkeys, read })
    this.#geo = new GeoFileWatch({ log, geo: () => revisions.current.geo, read })
    this.#keyLogs = new KeyLogWatch(log)
    const author = { via: 'weir' } as const
    this.#ends = new ExpirySweep({
      log,
      config: () => revisions.current.config,
      change: async edit => {
        await asAuthor(author, () => revisions.change(edit, { author }))
      }
    })
  }

  start (): void {
    this.#certkeys.start()
    this.#geo.start()
    this.#ends.start()
  }

  stop (): void {
    this.#certkeys.stop()
    this.#geo.stop()
    this.#keyLogs.stop()
    this.#ends.stop()
  }

  /** Another revision runs. */
  committed ({ config, certkeys }: Revision): void {
    this.#certkeys.committed(certkeys)
    this.#keyLogs.committed(config)
  }
}
