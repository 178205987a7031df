import { keyToText } from '@weirlb/engine'
import type { SessionEntries, SessionInfo } from '../api/weir.ts'
import type { DataPlane, SessionQuery } from '../data-plane.ts'
import { deletionQuery, type SessionDeletion } from '../sessions/session-deletion.ts'

/** The persistence entries of the data plane, as people read them. */
export class RunningSessions implements SessionEntries {
  readonly #plane: Pick<DataPlane, 'sessions' | 'deleteSessions'>

  constructor (plane: Pick<DataPlane, 'sessions' | 'deleteSessions'>) { this.#plane = plane }

  async list (query: SessionQuery = {}): Promise<readonly SessionInfo[]> {
    const entries = await this.#plane.sessions(query)
    return entries.map(({ lbVserver, key, service, connections, expiresInMs }) =>
      ({ lbVserver, key: keyToText(key), service, connections, expiresInSeconds: expiresInMs === undefined ? undefined : expiresInMs / 1000 }))
  }

  async delete (which: SessionDeletion): Promise<number> { return await this.#plane.deleteSessions(deletionQuery(which)) }
}
