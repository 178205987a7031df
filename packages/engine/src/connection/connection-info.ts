import type { ClientView } from '../client-view.ts'
import type { Phase } from '../servers/phase.ts'

/** A live connection as the API shows it. */
export interface ConnectionInfo extends ClientView {
  /** Unique over all workers and time: `worker-number`. */
  readonly id: string
  readonly userVserver: string
  /** Version of the extension that serves it. */
  readonly version: number
  /** True if it is tunnelled because the extension was unavailable (`failOpen`). */
  readonly failedOpen: boolean
  readonly phase: Phase
  readonly lbVserver: string | undefined
  readonly service: string | undefined
  /** Session key as text (UTF-8 where valid, else hex). */
  readonly session: string | undefined
  /** Fields that the extension published; secret ones are left out. */
  readonly fields: Readonly<Record<string, string>>
  /** Milliseconds since the epoch, by the clock of the machine as it is set now. */
  readonly since: number
  /** Silence of both sides, in whole seconds. */
  readonly idleSeconds: number
  readonly bytesIn: number
  readonly bytesOut: number
}

/** Which connections; every given field must match. */
export interface ConnectionQuery {
  readonly id?: string | undefined
  readonly userVserver?: string | undefined
  readonly service?: string | undefined
  /** Exact session key as text. */
  readonly session?: string | undefined
  /** Address of the client, or address and port: `127.0.0.1`, `[::1]:50123`. */
  readonly client?: string | undefined
  /** Maximum rows to return. */
  readonly limit?: number | undefined
}
