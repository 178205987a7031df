import { constants } from 'node:os'
import { getSystemErrorMessage, getSystemErrorName } from 'node:util'
import type { LinkError } from '../../byte-link.ts'

// A completion's result is a length or a negative errno(3).
const { errno } = constants
export const EAGAIN = -errno.EAGAIN
export const EBUSY = -errno.EBUSY
export const ECANCELED = -errno.ECANCELED
export const ECONNABORTED = -errno.ECONNABORTED
export const EINTR = -errno.EINTR
export const ENOBUFS = -errno.ENOBUFS

const kinds: ReadonlyMap<number, LinkError['kind']> = new Map([
  [-errno.ECONNRESET, 'reset'],
  [-errno.EPIPE, 'reset'],
  [-errno.ECONNABORTED, 'reset'],
  [-errno.ECONNREFUSED, 'refused'],
  [-errno.ETIMEDOUT, 'timeout']
])

/** Name of a negative errno, as in `ECONNRESET`. */
export const nameOf = (result: number): string => getSystemErrorName(result)

/** Returns the text of a failed call, such as `connect ECONNREFUSED: connection refused`. */
export const describeError = (call: string, result: number): string =>
  `${call} ${getSystemErrorName(result)}: ${getSystemErrorMessage(result)}`

/** Returns the link error for a negative errno. */
export const linkErrorFrom = (call: string, result: number): LinkError => ({
  kind: kinds.get(result) ?? 'other',
  message: describeError(call, result)
})
