import type { Weir } from 'weirlb'
import { SecurityLog } from '../../packages/weir/src/security/security-log.ts'

/** A real log of events, and top lists of the test's own. `fail`: throws what the test wants thrown. */
export const fakeSecurity = (fail: () => void): { readonly log: SecurityLog, readonly security: Weir['security'] } => {
  const log = new SecurityLog({ debug () {}, info () {}, warn () {}, error () {} })
  return {
    log,
    security: {
      events: query => log.list(query),
      follow: (filter, after, follower) => log.follow(filter, after, follower),
      top: async () => {
        fail()
        return { since: 1, decisions: 5, hitters: [{ value: '192.0.2.1', count: 4, error: 1 }], floor: 1 }
      }
    }
  }
}
