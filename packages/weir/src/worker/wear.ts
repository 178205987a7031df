import { totalmem } from 'node:os'

/** Sandbox threads that a worker may have lost, however little memory they hold: each costs a core for some seconds. */
const MAX_LOST_THREADS = 16
/** Part of its share of the machine's memory that a worker with lost threads may have. */
const PART = 0.75

/** Limits of a worker with lost sandbox threads, beyond which it is replaced. */
export interface WearLimits {
  readonly lostThreads: number
  /** Of its resident memory. */
  readonly bytes: number
}

/** Memory that this machine has, or that its container may use. */
const memory = (): number => {
  const constrained = process.constrainedMemory()
  return constrained > 0 ? Math.min(totalmem(), constrained) : totalmem()
}

/** Limits that leave room for all workers and for one that comes up beside them. */
export const wearLimits = (workers: number): WearLimits => ({
  lostThreads: MAX_LOST_THREADS,
  bytes: PART * memory() / (workers + 1)
})

/** True when a worker is to be replaced. */
export const isWorn = (limits: WearLimits, lostThreads: number, bytes: number): boolean =>
  lostThreads >= limits.lostThreads || (lostThreads > 0 && bytes >= limits.bytes)
