import type { Bytes, Reason } from '@weir/sdk'
import { ReasonCode, ReturnCode, connack } from './connack.ts'
import type { Level } from './connect.ts'

/** The words for one reason; undefined where MQTT has none and the connection is closed without. */
interface Words {
  /** Return code of a 3.1 or 3.1.1 CONNACK. */
  readonly refusedV3: number | undefined
  /** Reason code of a 5 CONNACK (table 3-1: shutting down, keep alive and administrative action are not among them). */
  readonly refusedV5: number | undefined
  /** Reason code of a 5 DISCONNECT (§3.14.2.1). 3.1 and 3.1.1 servers have no DISCONNECT. */
  readonly disconnectV5: number
}

const words: Readonly<Record<Reason, Words>> = {
  'no-service': { refusedV3: ReturnCode.serverUnavailable, refusedV5: ReasonCode.serverUnavailable, disconnectV5: ReasonCode.serverShuttingDown },
  'dial-failed': { refusedV3: ReturnCode.serverUnavailable, refusedV5: ReasonCode.serverUnavailable, disconnectV5: ReasonCode.serverShuttingDown },
  'service-down': { refusedV3: ReturnCode.serverUnavailable, refusedV5: ReasonCode.serverUnavailable, disconnectV5: ReasonCode.serverShuttingDown },
  draining: { refusedV3: ReturnCode.serverUnavailable, refusedV5: ReasonCode.useAnotherServer, disconnectV5: ReasonCode.serverShuttingDown },
  shutdown: { refusedV3: ReturnCode.serverUnavailable, refusedV5: ReasonCode.serverUnavailable, disconnectV5: ReasonCode.serverShuttingDown },
  limit: { refusedV3: ReturnCode.serverUnavailable, refusedV5: ReasonCode.quotaExceeded, disconnectV5: ReasonCode.quotaExceeded },
  killed: { refusedV3: ReturnCode.serverUnavailable, refusedV5: ReasonCode.unspecified, disconnectV5: ReasonCode.administrativeAction },
  'protocol-error': { refusedV3: undefined, refusedV5: ReasonCode.malformedPacket, disconnectV5: ReasonCode.protocolError },
  idle: { refusedV3: undefined, refusedV5: undefined, disconnectV5: ReasonCode.keepAliveTimeout },
  'extension-error': { refusedV3: ReturnCode.serverUnavailable, refusedV5: ReasonCode.implementationSpecific, disconnectV5: ReasonCode.implementationSpecific }
}

/** Last words to a client of this level: a CONNACK while the server has not answered, a DISCONNECT after that. */
export const lastWords = (reason: Reason, level: Level, answered: boolean): Bytes | undefined => {
  const { refusedV3, refusedV5, disconnectV5 } = words[reason]
  if (answered) return level === 5 ? Uint8Array.of(0xe0, 2, disconnectV5, 0) : undefined
  const code = level === 5 ? refusedV5 : refusedV3
  return code === undefined ? undefined : connack(level, code)
}
