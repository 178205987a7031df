import { BanList, type BanWord } from '@weirlb/engine'
import type { ToWorker } from './messages.ts'

/** A worker as it is told of bans. */
interface Told { tell (message: ToWorker): void }

/** The bans as every worker is told them, those to come too. */
export class WorkerBans {
  readonly #bans = new BanList()
  readonly #workers: () => Iterable<Told>

  constructor (workers: () => Iterable<Told>) { this.#workers = workers }

  ban (bans: readonly BanWord[]): void {
    const now = performance.now()
    for (const ban of bans) this.#bans.add(ban, now)
    for (const worker of this.#workers()) worker.tell({ kind: 'ban', bans })
  }

  /** Undefined: all. */
  unban (addresses: readonly string[] | undefined): void {
    if (addresses === undefined) this.#bans.clear()
    else for (const address of addresses) this.#bans.remove(address)
    for (const worker of this.#workers()) worker.tell({ kind: 'unban', addresses })
  }

  /** A worker comes up. */
  tell (worker: Told): void {
    const bans = this.#bans.words(performance.now())
    if (bans.length > 0) worker.tell({ kind: 'ban', bans })
  }
}
