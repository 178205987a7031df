import { encodeUtf8, type Bytes, type Reason } from '@weirlb/sdk'
import { closesPlainly } from './closing.ts'
import { disconnect, referenceTo } from './packet/acknowledgement.ts'
import { ReasonCode, ReturnCode, connack } from './packet/connack.ts'
import type { Params } from './policy.ts'
import type { Session } from './session.ts'

/** The packets for one reason; undefined where MQTT has none and the connection is closed without one. */
interface Words {
  /** Return code of a 3.1 or 3.1.1 CONNACK. */
  readonly refusedV3: number | undefined
  /** Reason code of a 5 CONNACK (table 3-1: shutting down, keep alive and administrative action are not among them). */
  readonly refusedV5: number | undefined
  /** Reason code of a 5 DISCONNECT (§3.14.2.1). 3.1 and 3.1.1 servers have no DISCONNECT. */
  readonly disconnectV5: number | undefined
}

const words: Readonly<Record<Reason, Words>> = {
  'no-service': {
    refusedV3: ReturnCode.serverUnavailable,
    refusedV5: ReasonCode.serverUnavailable,
    disconnectV5: ReasonCode.serverShuttingDown
  },
  'dial-failed': {
    refusedV3: ReturnCode.serverUnavailable,
    refusedV5: ReasonCode.serverUnavailable,
    disconnectV5: ReasonCode.serverShuttingDown
  },
  'service-down': {
    refusedV3: ReturnCode.serverUnavailable,
    refusedV5: ReasonCode.serverUnavailable,
    disconnectV5: ReasonCode.serverShuttingDown
  },
  draining: {
    refusedV3: ReturnCode.serverUnavailable,
    refusedV5: ReasonCode.serverUnavailable,
    disconnectV5: ReasonCode.serverShuttingDown
  },
  shutdown: {
    refusedV3: ReturnCode.serverUnavailable,
    refusedV5: ReasonCode.serverUnavailable,
    disconnectV5: ReasonCode.serverShuttingDown
  },
  limit: {
    refusedV3: ReturnCode.serverUnavailable,
    refusedV5: ReasonCode.quotaExceeded,
    disconnectV5: ReasonCode.quotaExceeded
  },
  killed: {
    refusedV3: ReturnCode.serverUnavailable,
    refusedV5: ReasonCode.unspecified,
    disconnectV5: ReasonCode.administrativeAction
  },
  // After the server's answer the fault of a packet is reported (`violation`); the fault of an unframeable stream is
  // unknown.
  'protocol-error': { refusedV3: undefined, refusedV5: ReasonCode.malformedPacket, disconnectV5: undefined },
  idle: { refusedV3: undefined, refusedV5: undefined, disconnectV5: ReasonCode.keepAliveTimeout },
  rule: {
    refusedV3: ReturnCode.notAuthorized,
    refusedV5: ReasonCode.notAuthorized,
    disconnectV5: ReasonCode.administrativeAction
  },
  // Connection rate exceeded, and message rate too high (§2.4).
  'rate-limit': {
    refusedV3: ReturnCode.serverUnavailable,
    refusedV5: ReasonCode.connectionRateExceeded,
    disconnectV5: ReasonCode.messageRateTooHigh
  },
  'extension-error': {
    refusedV3: ReturnCode.serverUnavailable,
    refusedV5: ReasonCode.implementationSpecific,
    disconnectV5: ReasonCode.implementationSpecific
  }
}

/**
 * Ends after which another server may serve the client: its vserver or its service was removed, and Weir itself
 * continues.
 */
const mayGoElsewhere: ReadonlySet<Reason> = new Set(['draining', 'service-down'])

/** The properties of a refusal or DISCONNECT with this code; undefined for none. */
const propertiesOf = (code: number, { serverReference }: Params): number[] | undefined =>
  code === ReasonCode.useAnotherServer && serverReference !== '' ? referenceTo(encodeUtf8(serverReference)) : undefined

/**
 * Returns the goodbye to a client: a CONNACK while the server has not answered, a DISCONNECT after that; undefined is
 * a plain close. There is none for a client that reads nothing more, or whose version has no such packet. A client
 * that should use another server gets that reason, even where other temporary ends are plain closes.
 */
export const lastWords = (
  reason: Reason,
  { level, violation, over }: Session,
  answered: boolean,
  params: Params
): Bytes | undefined => {
  if (level === undefined || over) return undefined
  const { refusedV3, refusedV5, disconnectV5 } = words[reason]
  const elsewhere = level === 5 && params.onDrain === 'use-another-server' && mayGoElsewhere.has(reason)
  if (!elsewhere && closesPlainly(reason, params)) return undefined
  if (level < 5) return answered || refusedV3 === undefined ? undefined : connack(level, refusedV3)
  const code = (reason === 'protocol-error' || reason === 'rule') && violation !== undefined
    ? violation
    : elsewhere
    ? ReasonCode.useAnotherServer
    : answered
    ? disconnectV5
    : refusedV5
  if (code === undefined) return undefined
  const properties = propertiesOf(code, params)
  return answered ? disconnect(code, properties) : connack(level, code, properties)
}
