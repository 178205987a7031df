import type { Job } from '@weirlb/model'

/** The jobs: those that run, and the last hundred that have ended. */
export interface Jobs {
  /** Newest first. */
  list (): readonly Job[]
  get (id: string): Job | undefined
  /** Tell nobody until `resume`; a deadline waits too. Throws not-found or job-ended. */
  pause (id: string): Job
  /** Go on. Throws not-found or job-ended. */
  resume (id: string): Job
  /** End it; what it has done stays. Throws not-found or job-ended. */
  cancel (id: string): Job
}
