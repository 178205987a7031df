import type { Job } from '@weirlb/model'
import type { Workplace } from './work.ts'

/** What can be done to a job. */
export type JobAction = 'pause' | 'resume' | 'cancel'

/** What the jobs of this node do for those of all nodes. */
export interface BoardHost {
  /** Another node runs this job, or has ended it. */
  seen (job: Job): void
  /** Run this job from now on: its node is gone. */
  take (job: Job): void
  act (id: string, action: JobAction): Promise<Job>
  /** Drain once more: this node was away while a drain ended, and its clients are left. Rejects as any new job. */
  again (drain: Job): Promise<unknown>
}

/** Jobs that the nodes of a cluster have in common: each is run by one node, and is about the clients of all. */
export interface JobBoard {
  /** Name of this node. */
  readonly node: string
  /** The clients of all nodes. */
  readonly place: Pick<Workplace, 'plane' | 'stats'>
  start (host: BoardHost): void
  /**
   * Let nobody else begin a job about the same, until `letGo` is called. Rejects with job-running, or
   * store-unreachable.
   */
  reserve (what: string): Promise<() => void>
  /** Find a number for a new job of this node, `from` or later. */
  create (job: Job, from: number): Promise<Job>
  /** A job of this node has changed. */
  save (job: Job): void
  /** Have the node that runs it do something. */
  act (id: string, action: JobAction): Promise<Job>
}
