import { mergeTops, type TopList } from '@weirlb/engine'
import type { Security, TopQuery } from '../api/security.ts'
import type { DataPlane } from '../data-plane.ts'
import type { SecurityFilter } from '../security/security-event.ts'
import type { SecurityFollower, SecurityLog, SecurityPage, SecurityQuery } from '../security/security-log.ts'

/** The decisions of the data plane. */
export class RunningSecurity implements Security {
  readonly #plane: Pick<DataPlane, 'tops'>
  readonly #log: SecurityLog

  constructor (plane: Pick<DataPlane, 'tops'>, log: SecurityLog) {
    this.#plane = plane
    this.#log = log
  }

  events (query: SecurityQuery): SecurityPage {
    return this.#log.list(query)
  }
  follow (filter: SecurityFilter, after: string | undefined, follower: SecurityFollower): () => void {
    return this.#log.follow(filter, after, follower)
  }

  async top ({ by, effect = 'acted', limit }: TopQuery): Promise<TopList> {
    return mergeTops((await this.#plane.tops()).map(tops => tops[effect][by]), limit)
  }
}
