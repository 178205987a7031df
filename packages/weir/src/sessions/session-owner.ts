import { keyToText, type SessionEntry } from '@weirlb/engine'
import type { SessionQuery } from '../data-plane.ts'
import type { SavedSession } from '../storage/storage.ts'
import type { WorkerProcess } from '../worker/worker-process.ts'
import type { Sessions } from './sessions.ts'

/** Most entries of one message: a table of millions must not be one. */
const PART = 10_000

/**
 * Lets the only worker own the session table, so that a client costs no question. The book of this process follows what the owner tells, and is
 * the table itself as soon as there is a second worker.
 */
export class SessionOwner {
  readonly #book: Sessions
  #owner: WorkerProcess | undefined

  constructor (book: Sessions) { this.#book = book }

  /** Make a worker the owner; it must be the only one, and have had no client yet. */
  async appoint (worker: WorkerProcess): Promise<void> {
    if (!this.#book.ownable) return
    const sessions: readonly SavedSession[] = this.#book.save()
    this.#owner = worker
    const parts = [worker.call('own-sessions', sessions.slice(0, PART))]
    for (let from = PART; from < sessions.length; from += PART) parts.push(worker.call('own-sessions', sessions.slice(from, from + PART)))
    await Promise.all(parts)
  }

  /** The worker is gone. */
  forget (worker: WorkerProcess): void {
    if (this.#owner === worker) this.#owner = undefined
  }

  /** A second worker is to come: from the answer on every worker asks. */
  async dismiss (): Promise<void> {
    const owner = this.#owner
    this.#owner = undefined
    await owner?.call('settle-sessions', { disown: true }).catch(() => { /* it is gone, and what it held is let go */ })
  }

  async list (query: SessionQuery): Promise<readonly SessionEntry[]> {
    await this.#owner?.call('settle-sessions', { disown: false }).catch(() => {})
    return await this.#book.list(query)
  }

  /** Delete entries; answers how many. */
  async delete (query: SessionQuery): Promise<number> {
    // With a limit, both tables must delete the same.
    const queries = query.limit === undefined ? [query] : (await this.list(query)).map(({ lbVserver, key }) => ({ lbVserver, key: keyToText(key) }))
    await this.#owner?.call('delete-sessions', queries).catch(() => {})
    let deleted = 0
    for (const each of queries) deleted += await this.#book.delete(each)
    return deleted
  }
}
