// Packets from servers: CONNACK in both modes, all when messages are inspected.
import { decodeUtf8, forward, Malformed, type Bytes, type Message, type Verdict } from '@weirlb/sdk'
import type { AcknowledgementOrder } from './acknowledgement-order.ts'
import { noteServerPacket } from './checks/check-packet.ts'
import { refuse } from './closing.ts'
import type { MqttContext } from './context.ts'
import { counters } from './counters.ts'
import { acknowledgement, readDisconnect } from './packet/acknowledgement.ts'
import { readConnack, ReasonCode, servesNobody, type Connack } from './packet/connack.ts'
import type { Level } from './packet/level.ts'
import { Type } from './packet/header.ts'
import { mergedSuback, readSuback } from './packet/subscribe.ts'
import { policyOf } from './policy.ts'
import { describePacket, publishName } from './ruled.ts'


/** Heed what an MQTT 5 server assigns to the client. */
const onAssigned = ({ clientId, keepAlive }: Connack, ctx: MqttContext): void => {
  if (clientId !== undefined && clientId.length > 0) {
    if (ctx.params.identity === 'client-id') ctx.pin(clientId)
    publishName('mqtt.connect.client_id', decodeUtf8(clientId), ctx, true)
  }
  if (keepAlive !== undefined) ctx.idleTimeout(1.5 * keepAlive) // [MQTT-3.1.2-21]
}

const onConnack = (message: Message, ctx: MqttContext): Verdict => {
  const { state, params } = ctx
  const connack = readConnack(message.reader())
  const accepted = connack.code === 0
  if (accepted) onAssigned(connack, ctx)
  else if (servesNobody(connack.code)) ctx.serverRefused(`CONNACK code ${connack.code}`)
  if (!state.messages) return forward({ then: 'tunnel' })

  ctx.set('mqtt.connack.return_code', connack.code)
  ctx.set('mqtt.connack.session_present', connack.sessionPresent)
  if (!accepted) return forward()
  state.aliasMaximum = connack.topicAliasMaximum
  if (state.checked !== undefined) state.checked.receiveMaximum = connack.receiveMaximum
  const { rules } = policyOf(params)
  if (connack.clientId !== undefined && rules !== undefined) {
    state.who = { ...state.who, clientId: decodeUtf8(connack.clientId) }
    state.lastTopic = state.lastTopic.subarray(0, 0)
    state.rules = rules.forClient(state.who)
    if (state.rules === undefined)
      return refuse(
        'the server assigned a client ID that topicRules cannot put into a topic',
        ctx,
        ReasonCode.implementationSpecific
      )
  }
  state.accepted = true
  if (state.early.length === 0) return forward()
  const { early } = state
  state.early = []
  return forward({ bytes: joined([message.bytes, ...early]) })
}

/** Returns packets joined into one sequence. */
const joined = (parts: readonly Bytes[]): Bytes => {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** A PUBACK or PUBREC: pending ones of denied PUBLISHes are sent after it. */
const onAcknowledgement = (
  message: Message,
  type: typeof Type.puback | typeof Type.pubrec,
  order: AcknowledgementOrder | undefined,
  ctx: MqttContext,
  level: Level
): Verdict => {
  const freed = order?.acknowledged()
  if (freed === undefined) return forward()
  const own = freed.map(packetId => acknowledgement(type, level, packetId, ReasonCode.notAuthorized))
  const { bytes, length } = message
  if (bytes.length === length) return forward({ bytes: joined([bytes, ...own]) })
  // A packet that is not here in whole cannot be followed: sending them one place early is better than never.
  ctx.reply(joined(own))
  return forward()
}

/** The SUBACK to a SUBSCRIBE that was forwarded in part. */
const onSuback = (bytes: Bytes, length: number, ctx: MqttContext, level: Level): Verdict => {
  const { partly } = ctx.state
  if (partly === undefined || partly.size === 0) return forward()
  if (bytes.length < length)
    return refuse(
      `a SUBACK of ${length} bytes, of which ${bytes.length} are looked at`,
      ctx,
      ReasonCode.implementationSpecific
    )
  const suback = readSuback(bytes, level)
  const codes = partly.get(suback.packetId)
  if (codes === undefined) return forward()
  partly.delete(suback.packetId)
  return forward({ bytes: mergedSuback(bytes, suback, codes) })
}

const take = (message: Message, ctx: MqttContext): Verdict => {
  const { level, messages, pubacks, pubrecs } = ctx.state
  const bytes = message.bytes
  const first = bytes[0]!
  const type = first >> 4
  if (level === undefined) return forward()
  if (messages) ctx.count(counters[level].server[first]!)
  if (ctx.ruled) describePacket(bytes, message.length, ctx, level)
  if (ctx.state.checked !== undefined) noteServerPacket(bytes, level, ctx.state.checked)
  if (type === Type.connack) return onConnack(message, ctx)
  if (type === Type.puback) return onAcknowledgement(message, type, pubacks, ctx, level)
  if (type === Type.pubrec) return onAcknowledgement(message, type, pubrecs, ctx, level)
  if (type === Type.suback) return onSuback(bytes, message.length, ctx, level)
  if (type === Type.disconnect && level === 5 && bytes.length === message.length)
    ctx.set('mqtt.disconnect.reason_code', readDisconnect(bytes))
  return forward()
}

/** A packet of a server. One that cannot be read its client judges, unless a rule depends on it. */
export const onServerPacket = (message: Message, ctx: MqttContext): Verdict => {
  try {
    return take(message, ctx)
  } catch (failure) {
    const type = message.bytes[0]! >> 4
    if (!(failure instanceof Malformed) || ctx.state.rules !== undefined && type !== Type.disconnect) throw failure
    return forward({ then: type === Type.connack && !ctx.state.messages ? 'tunnel' : 'continue' })
  }
}
