import { WeirError } from '@weirlb/model'

/**
 * The two sides of the ring disagree: to go on would be to read or give away memory and descriptors that belong to others.
 * Thrown inside a turn it ends the process; `what` says what cannot be.
 */
export const lost = (what: string): WeirError => new WeirError('internal', `io_uring is lost: ${what}`)

/** True for what ends the process, and not one connection alone. */
export const isLost = (error: unknown): boolean => error instanceof WeirError && error.code === 'internal'
