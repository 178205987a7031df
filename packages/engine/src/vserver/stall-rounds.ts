import type { Connection } from '../connection/connection.ts'
import { coarseClock } from '../connection/coarse-clock.ts'
import type { FloodDoor } from './flood-door.ts'

/**
 * Looks for connections that stall, once a second. A connection that has been quiet since the last look, and did not
 * stall then, cannot stall now: it costs one comparison. Most connections are quiet, and there may be 100,000.
 */
export class StallRounds {
  /** The clock that connections have their activity from, as it was at the last look. */
  #lookedAt = -Infinity

  /** `doorOf`: the door of a user vserver that is served. */
  look (connections: Iterable<Connection>, doorOf: (userVserver: string) => FloodDoor | undefined): void {
    const since = this.#lookedAt
    this.#lookedAt = coarseClock.now
    const now = performance.now()
    for (const connection of connections) {
      if (connection.active < since && !connection.mayStall) continue
      try { doorOf(connection.vserver.name)?.look(connection, now) } catch (error) { connection.onFault(error) }
    }
  }
}
