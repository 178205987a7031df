import type { LinkError } from './byte-link.ts'

/** What was thrown while a connection was opened, as its failure: that one ends, and no other. */
export const internalFault = (error: unknown): LinkError => ({
  kind: 'internal',
  message: error instanceof Error ? error.message : String(error)
})
