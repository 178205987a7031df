import type { JobKind } from '@weirlb/model'
import { Close } from './close.ts'
import { Disable } from './disable.ts'
import { Drain } from './drain.ts'
import { Rebalance } from './rebalance.ts'
import type { JobRecord, Work, Workplace } from './work.ts'

/** The work of each kind of job. */
export const jobKinds = {
  drain: Drain,
  disable: Disable,
  close: Close,
  rebalance: Rebalance
} as const satisfies Record<JobKind, new (record: JobRecord, place: Workplace) => Work>
