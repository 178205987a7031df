import type { LbVserver } from '@weirlb/model'
import type { Criteria } from './method.ts'

/** The key that persistence of one type pins by. */
export interface Persistence {
  /** Key of the entry that decides for a client, or for one of its messages; undefined: nothing is pinned. */
  key (criteria: Criteria): string | undefined
  /** True if entries are created, so the table must be kept. */
  readonly pins: boolean
}

/** Every persistence type of an LB vserver. */
export const persistences = {
  none: { key: () => undefined, pins: false },
  'user-session': { key: ({ session }) => session, pins: true }
} as const satisfies Record<LbVserver['persistence']['type'], Persistence>
