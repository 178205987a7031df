import { WeirError } from '@weirlb/model'

/**
 * The two sides of the ring disagree: continuing would mean reading or releasing memory and descriptors that belong
 * to others. Thrown inside a turn it ends the process; `what` names the contradiction.
 */
export const lost = (what: string): WeirError => new WeirError('internal', `io_uring is lost: ${what}`)

/** True for what ends the process, and not one connection alone. */
export const isLost = (error: unknown): boolean => error instanceof WeirError && error.code === 'internal'
