import type { JobKind } from '@weirlb/model'
import { Close } from './close.ts'
import { Drain } from './drain.ts'
import type { JobRecord, Work, Workplace } from './work.ts'

/** The work of each kind of job. */
export const jobKinds = {
  drain: Drain,
  close: Close
} as const satisfies Record<JobKind, new (record: JobRecord, place: Workplace) => Work>
