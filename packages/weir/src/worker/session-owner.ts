import { setImmediate as turn } from 'node:timers/promises'
import { keyToText, type SessionEntry } from '@weirlb/engine'
import type { SessionQuery, WantedSession } from '../data-plane.ts'
import { SessionRecordWriter } from '../storage/session-records.ts'
import { firstWithoutRoom, inParts } from '../sessions/set-sessions.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { WorkerProcess } from './worker-process.ts'

/** Steps of one message: a table of millions must not be one, and neither process may be busy with one for long. */
const PART = 2000
/** Entries that are deleted in one turn of the event loop. */
const MANY = 1000
/** Messages that are under way at a time. */
const AHEAD = 4

/**
 * Lets the only worker own the session table, so that a client costs no IPC. The table of this process follows the
 * owner's reports, and becomes the table itself as soon as there is a second worker.
 */
export class SessionOwner {
  readonly #sessions: Sessions
  #owner: WorkerProcess | undefined
  #appointing: Promise<unknown> | undefined

  constructor (sessions: Sessions) { this.#sessions = sessions }

  /** Make a worker the owner; it must be the only one, and have had no client yet. */
  async appoint (worker: WorkerProcess): Promise<void> {
    const { own } = this.#sessions
    if (own === undefined) return
    this.#owner = worker
    own.follow(true)
    const writer = new SessionRecordWriter(false)
    writer.start(own.size)
    const walk = own.walk()
    const under: Promise<unknown>[] = []
    const give = async (): Promise<void> => {
      for (let more = true; more;) {
        more = walk.next(PART, writer.onEntry)
        // A table with few held entries has parts without any: they are not worth a message.
        if (more && writer.length === 0) {
          await turn()
          continue
        }
        const given = worker.call('own-sessions', { maxEntries: own.maxEntries, records: writer.take(), last: !more })
        // When the worker ends, the first awaited call reports it.
        given.catch(() => {})
        under.push(given)
        if (under.length >= AHEAD) await under.shift()
      }
      await Promise.all(under)
    }
    this.#appointing = give()
    try {
      await this.#appointing
    } finally {
      this.#appointing = undefined
      walk.end()
    }
  }

  /** The worker is gone. */
  forget (worker: WorkerProcess): void {
    if (this.#owner !== worker) return
    this.#owner = undefined
    this.#sessions.own?.follow(false)
  }

  /** A second worker is coming: once this returns, every worker sends claims. */
  async dismiss (): Promise<void> {
    const owner = this.#owner
    if (owner === undefined) return
    this.#owner = undefined
    await owner.call('settle-sessions', { disown: true }).catch(() => { /* it is gone, and what it held is let go */ })
    this.#sessions.own?.follow(false)
  }

  async list (query: SessionQuery): Promise<readonly SessionEntry[]> {
    await this.#owner?.call('settle-sessions', { disown: false }).catch(() => {})
    return await this.#sessions.list(query)
  }

  async * parts (query: SessionQuery): AsyncGenerator<readonly SessionEntry[], void, void> {
    await this.#owner?.call('settle-sessions', { disown: false }).catch(() => {})
    yield * this.#sessions.parts(query)
  }

  /** Set all entries, or none: then it returns the index of the first that has no room; else -1. */
  async set (entries: readonly WantedSession[]): Promise<number> {
    await this.#appointing?.catch(() => {})
    const without = await firstWithoutRoom(this.#sessions, entries)
    if (without >= 0) return without
    await inParts(entries, async part => {
      // The owner reports what it set, in the order of its clients' claims.
      const set = await this.#owner?.call('set-sessions', part).then(() => true, () => false)
      // There is none, or it is gone, and so is its table.
      if (set !== true) await this.#sessions.set(part)
    })
    await this.#owner?.call('settle-sessions', { disown: false }).catch(() => {})
    return without
  }

  /** Delete entries; returns the number. */
  async delete (query: SessionQuery): Promise<number> {
    // Entries on their way to the owner are deleted there on arrival.
    await this.#appointing?.catch(() => {})
    // With a limit, both tables must delete the same.
    const queries = query.limit === undefined
      ? [query]
      : (await this.list(query)).map(({ lbVserver, key }) => ({ lbVserver, key: keyToText(key) }))
    await this.#owner?.call('delete-sessions', queries).catch(() => {})
    let deleted = 0
    for (const [i, each] of queries.entries()) {
      deleted += await this.#sessions.delete(each)
      if (i % MANY === MANY - 1) await turn()
    }
    return deleted
  }
}
