import { Malformed } from '@weirlb/sdk'
import { ReasonCode } from './connack.ts'

/** A packet that parses but is not allowed, which MQTT 5 distinguishes from a malformed one (§1.2, §4.13). */
export class ProtocolError extends Malformed {}

/** The reason code of MQTT 5 for what was wrong with a packet (§4.13.1). */
export const violationOf = (failure: Malformed): number =>
  failure instanceof ProtocolError ? ReasonCode.protocolError : ReasonCode.malformedPacket
