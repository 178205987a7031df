import type { Job } from '@weirlb/model'

/** The jobs: those that run, and the last hundred that have ended; of a cluster, those of all nodes. */
export interface Jobs {
  /** Newest first. */
  list (): readonly Job[]
  get (id: string): Job | undefined
  /** Tell nobody until `resume`; a deadline waits too. Rejects with not-found, job-ended, or store-unreachable. */
  pause (id: string): Promise<Job>
  /** Go on. Rejects as `pause`. */
  resume (id: string): Promise<Job>
  /** End it; what it has done stays. Rejects as `pause`. */
  cancel (id: string): Promise<Job>
}
