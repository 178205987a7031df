import { setImmediate as turn } from 'node:timers/promises'
import { keyToText } from '@weirlb/engine'
import type { SessionEntries, SessionInfo } from '../api/weir.ts'
import type { DataPlane, SessionQuery } from '../data-plane.ts'
import { deletionQuery, type SessionDeletion } from '../sessions/session-deletion.ts'

/** Rows that are made in one turn of the event loop. */
const ROWS = 2000

/** The persistence entries of the data plane, as people read them. */
export class RunningSessions implements SessionEntries {
  readonly #plane: Pick<DataPlane, 'sessions' | 'deleteSessions'>

  constructor (plane: Pick<DataPlane, 'sessions' | 'deleteSessions'>) { this.#plane = plane }

  async list (query: SessionQuery = {}): Promise<readonly SessionInfo[]> {
    const sessions: SessionInfo[] = []
    for (const { lbVserver, key, service, connections, expiresInMs } of await this.#plane.sessions(query)) {
      sessions.push({ lbVserver, key: keyToText(key), service, connections, expiresInSeconds: expiresInMs === undefined ? undefined : expiresInMs / 1000 })
      if (sessions.length % ROWS === 0) await turn()
    }
    return sessions
  }

  async delete (which: SessionDeletion): Promise<number> { return await this.#plane.deleteSessions(deletionQuery(which)) }
}
