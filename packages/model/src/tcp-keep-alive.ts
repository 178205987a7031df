import { z } from 'zod'

/** Defaults of TCP keep-alive. */
interface Defaults { readonly idleSeconds: number, readonly intervalSeconds: number, readonly probes: number }

/** Maximum that Linux accepts (tcp(7)). */
const MAX_SECONDS = 32_767
const MAX_PROBES = 127

/**
 * When a connection on which nothing moves is probed by the operating system, so that a peer that is gone without a
 * word is found.
 */
export const tcpKeepAlive = ({ idleSeconds, intervalSeconds, probes }: Defaults) =>
  z.strictObject({
    idleSeconds: z.int().min(0).max(MAX_SECONDS).default(idleSeconds).describe(
      'Time without a packet after which the peer is probed; 0 means never.'
    ),
    intervalSeconds: z.int().min(1).max(MAX_SECONDS).default(intervalSeconds).describe('Time between two probes.'),
    probes: z.int().min(1).max(MAX_PROBES).default(probes).describe(
      'Unanswered probes after which the connection is closed.'
    )
  }).prefault({})

/** TCP keep-alive of one side's connections. */
export type TcpKeepAlive = z.infer<ReturnType<typeof tcpKeepAlive>>
