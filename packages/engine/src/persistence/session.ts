/** No holder; holders are numbered from 0. */
export const NOBODY = -1

/** One entry of the session table. Most are held by one process at a time, so that one stands in the entry itself. */
export interface Session {
  readonly lbVserver: string
  readonly key: string
  service: string
  /** NOBODY, or the process that took it first, and how often it holds it. */
  holder: number
  holds: number
  /** Holds of further processes: a device that reconnects through another worker before its old connection is gone. Never empty. */
  others: Map<number, number> | undefined
  /** Infinity while it is held. */
  expiresAt: number
  /** Where the expiry keeps it. */
  bucket: Set<Session> | undefined
}
