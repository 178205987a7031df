import { frame, KiB, MiB, type Framing } from '@weirlb/sdk'

/**
 * Maximum bytes of a command that enter the sandbox: its name and its keys must be in them. A value after them
 * streams.
 */
export const HEAD = 64 * KiB

/** Redis takes values of up to 512 MB (proto-max-bulk-len). */
const LARGEST = 513 * MiB

/** Clients' messages: an array of bulk strings, or a line (inline command). */
export const requests: Framing = frame.elements({
  bodies: '$',
  groups: { '*': 1 },
  otherwise: 'line',
  within: 4 * MiB,
  max: LARGEST
})

/** Servers' messages: RESP2, and the types of RESP3 (https://redis.io/docs/latest/develop/reference/protocol-spec/). */
export const answers: Framing = frame.elements({
  lines: '+-:_#,(',
  bodies: '$!=',
  groups: { '*': 1, '~': 1, '>': 1, '%': 2 },
  prefixes: { '|': 2 },
  within: 64 * MiB,
  max: LARGEST
})
