import { setImmediate as turn } from 'node:timers/promises'
import { keyToText, pinningOf, type SessionEntry } from '@weirlb/engine'
import { tableParts, type Config } from '@weirlb/model'
import type { SessionEntries, SessionInfo } from '../api/weir.ts'
import type { DataPlane, WantedSession } from '../data-plane.ts'
import { deletionQuery, type SessionDeletion } from '../sessions/session-deletion.ts'
import { queriesOf, type SessionFilter } from '../sessions/session-filter.ts'
import type { PassedSession } from '../sessions/sessions-made.ts'
import { SessionChecker, sessionsRefused, tableText, type SessionInput } from '../sessions/wanted-session.ts'

/** Rows that are made or checked in one turn of the event loop. */
const ROWS = 2000

type Plane = Pick<DataPlane, 'sessions' | 'sessionParts' | 'deleteSessions' | 'setSessions'>

/** The running configuration. */
export interface Configured {
  /** With members in place of what stands for them: entries name members. */
  config (): Config
  /** Throws worker-unavailable while nothing may be changed: what a successor has read would not know it. */
  requireOpen (): void
  /** Run something when no change is under way; changes that come later wait for it. */
  between<T> (run: () => Promise<T>): Promise<T>
}

const infoOf = ({ lbVserver: table, key, service, connections, expiresInMs }: SessionEntry): SessionInfo => {
  const { balancer: lbVserver, type } = tableParts(table)
  return {
    lbVserver,
    type,
    key: keyToText(key),
    service,
    connections,
    expiresInSeconds: expiresInMs === undefined ? undefined : expiresInMs / 1000
  }
}

/** The persistence entries of the data plane, as people read them. */
export class RunningSessions implements SessionEntries {
  readonly #plane: Plane
  readonly #configured: Configured

  constructor (plane: Plane, configured: Configured) {
    this.#plane = plane
    this.#configured = configured
  }

  async list (filter: SessionFilter = {}): Promise<readonly SessionInfo[]> {
    const { limit = Infinity } = filter
    const sessions: SessionInfo[] = []
    for (const query of queriesOf(filter, this.#configured.config())) {
      if (sessions.length >= limit) break
      const entries = await this.#plane.sessions(
        filter.limit === undefined ? query : { ...query, limit: limit - sessions.length }
      )
      for (const entry of entries) {
        sessions.push(infoOf(entry))
        if (sessions.length % ROWS === 0) await turn()
      }
    }
    return sessions
  }

  async * parts (filter: SessionFilter = {}): AsyncGenerator<readonly SessionInfo[], void, void> {
    for (const query of queriesOf(filter, this.#configured.config())) {
      for await (const part of this.#plane.sessionParts(query)) yield part.map(infoOf)
    }
  }

  async set (entries: readonly SessionInput[], place = (index: number): string => `[${index}]`): Promise<number> {
    this.#configured.requireOpen()
    // Meanwhile no service may be unbound.
    return await this.#configured.between(async () => {
      const checker = new SessionChecker(this.#configured.config())
      const wanted: WantedSession[] = []
      for (const [i, entry] of entries.entries()) {
        const checked = checker.check(entry, place(i))
        if (checked !== undefined) wanted.push(checked)
        if (i % ROWS === ROWS - 1) await turn()
      }
      if (checker.issues.length > 0) throw sessionsRefused(checker.issues)
      const without = await this.#plane.setSessions(wanted)
      if (without >= 0)
        throw sessionsRefused([{
          path: place(without),
          message: `no room: clients hold so many entries of ${
            tableText(wanted[without]!.table)
          }, or of all, that \`maxEntries\` or \`--max-sessions\` leaves none for this one`
        }])
      return wanted.length
    })
  }

  /**
   * Take over entries of a predecessor's clients, where none is here: a client that has come here since is not moved.
   * Those that the configuration does not allow are left out. Returns the number.
   */
  async adopt (entries: readonly PassedSession[], isKnown: (entry: PassedSession) => boolean): Promise<number> {
    return await this.#configured.between(async () => {
      const tables = new Map(
        pinningOf(this.#configured.config()).map((
          { name, persistence, services }
        ) => [name, { ttlMs: persistence.timeoutSeconds * 1000, services: new Set(services.map(each => each.name)) }])
      )
      const wanted = entries.flatMap(entry => {
        const table = tables.get(entry.table)
        return table === undefined || table.ttlMs === 0 || !table.services.has(entry.service) || isKnown(entry)
          ? []
          : [{ ...entry, ttlMs: table.ttlMs }]
      })
      if (wanted.length === 0) return 0
      // Without room for all, those before the first without are set.
      const without = await this.#plane.setSessions(wanted)
      if (without > 0) await this.#plane.setSessions(wanted.slice(0, without))
      return without < 0 ? wanted.length : without
    })
  }

  async delete (which: SessionDeletion): Promise<number> {
    this.#configured.requireOpen()
    const filter = deletionQuery(which)
    const { limit = Infinity } = filter
    let deleted = 0
    for (const query of queriesOf(filter, this.#configured.config())) {
      if (deleted >= limit) break
      deleted += await this.#plane.deleteSessions(
        filter.limit === undefined ? query : { ...query, limit: limit - deleted }
      )
    }
    return deleted
  }
}
