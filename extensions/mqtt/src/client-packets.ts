// Every packet of a client after its CONNECT, when messages are inspected. A packet that rules depend on and cannot
// be applied to ends the connection. Any other packet is counted and forwarded; the server reports its faults.
import { decodeUtf8, drop, forward, type Bytes, type Message, type Reject, type Verdict } from '@weirlb/sdk'
import { MAX_HELD } from './acknowledgement-order.ts'
import { refuse } from './closing.ts'
import type { MqttContext } from './context.ts'
import { counters } from './counters.ts'
import { acknowledgement, readAcknowledgement } from './packet/acknowledgement.ts'
import { ReasonCode, ReturnCode } from './packet/connack.ts'
import type { Level } from './packet/level.ts'
import { checkFirstByte, Type } from './packet/header.ts'
import { PublishHead } from './packet/publish.ts'
import { ASKED, readSubscribe, suback, subscribeOnly, type Subscription } from './packet/subscribe.ts'
import { checkTopicName } from './packet/utf8.ts'
import { ProtocolError } from './packet/violation.ts'
import { describeForRules } from './ruled.ts'
import type { ClientRules } from './rules/topic-rules.ts'
import type { Session } from './session.ts'
import { noteAliasTopic, sameTopic, shown, watch } from './watching.ts'

type Handler = (bytes: Bytes, length: number, ctx: MqttContext, level: Level, rules: ClientRules) => Verdict

/** Replies that may wait for the server's CONNACK: a client need not wait for it, but one that floods can. */
const MAX_EARLY = 64
/** Subscriptions that may wait for the server's part of their SUBACK. */
const MAX_PARTLY = 1024
/** SUBACK of 3.1.1 for a filter that is refused (§3.9.3). */
const FAILURE = 0x80

const head = new PublishHead()

/** Answer the client instead of the server. */
const answer = (bytes: Bytes, ctx: MqttContext): Verdict => {
  const { state } = ctx
  if (state.accepted) {
    ctx.reply(bytes)
    return drop()
  }
  if (state.early.length === MAX_EARLY)
    return refuse(
      'too many packets are denied before the server has accepted the client',
      ctx,
      ReasonCode.quotaExceeded
    )
  state.early.push(bytes)
  return drop()
}

const onPublish: Handler = (bytes, length, ctx, level, rules) => {
  const { state } = ctx
  head.read(bytes, length, level)
  if (head.topicTo === head.topicFrom && level === 5 && (head.topicAlias > 0 || head.aliasUnseen))
    return onAliased(ctx, level)
  const allowed = sameTopic(head, bytes, state.lastTopic) ? state.lastAllowed : judge(bytes, ctx, rules)
  if (level === 5) {
    // Under rules it is described already.
    if (!ctx.ruled) noteAliasTopic(head, bytes, state)
    const refusal = noteAlias(allowed, ctx)
    if (refusal !== undefined) return refusal
  }
  return allowed ? allowPublish(state) : denyPublish(ctx, level)
}

/** Check a topic that differs from the previous one, publish it as a field, and apply the rules. */
const judge = (bytes: Bytes, ctx: MqttContext, rules: ClientRules): boolean => {
  const { state } = ctx
  checkTopicName(bytes, head.topicFrom, head.topicTo, 'a topic')
  const topic = decodeUtf8(bytes, head.topicFrom, head.topicTo)
  const allowed = rules.mayPublish(topic)
  state.lastTopic = shown(head, bytes, topic, ctx)
  state.lastAllowed = allowed
  return allowed
}

const badAlias = (ctx: MqttContext): Reject | undefined =>
  head.topicAlias <= ctx.state.aliasMaximum
    ? undefined
    : refuse(
      `topic alias ${head.topicAlias}; the server takes ${ctx.state.aliasMaximum} [MQTT-3.3.2-9]`,
      ctx,
      ReasonCode.topicAliasInvalid
    )

/**
 * Handle a topic with an optional alias. An alias is forwarded with an allowed topic only; the others are kept here.
 */
const noteAlias = (allowed: boolean, ctx: MqttContext): Reject | undefined => {
  const { state } = ctx
  if (head.aliasUnseen && state.aliasMaximum > 0) state.aliasesUnknown = true
  if (head.topicAlias === 0) return undefined
  const refusal = badAlias(ctx)
  if (refusal === undefined) (state.aliases ??= new Map()).set(head.topicAlias, allowed)
  return refusal
}

/** Handle an alias without a topic. */
const onAliased = (ctx: MqttContext, level: Level): Verdict => {
  const { state } = ctx
  if (head.aliasUnseen || state.aliasesUnknown) {
    return refuse(
      'a topic alias, and not all aliases could be seen: one stood behind too many properties',
      ctx,
      ReasonCode.topicAliasInvalid
    )
  }
  const refusal = badAlias(ctx)
  if (refusal !== undefined) return refusal
  const allowed = state.aliases?.get(head.topicAlias)
  if (allowed === undefined)
    return refuse(`topic alias ${head.topicAlias} stands for no topic (§3.3.2.3.4)`, ctx, ReasonCode.protocolError)
  return allowed ? allowPublish(state) : denyPublish(ctx, level)
}

/** Only with rules: where nothing is denied, no order has to be kept. */
const allowPublish = ({ pubacks, pubrecs }: Session): Verdict => {
  if (head.qos === 1) pubacks!.allowed()
  else if (head.qos === 2) pubrecs!.allowed()
  return forward()
}

const denyPublish = (ctx: MqttContext, level: Level): Verdict => {
  ctx.count('denied.publish')
  const { qos, packetId } = head
  if (qos === 0) return drop()
  if (level < 5) {
    if (ctx.params.deniedPublish === 'close')
      return refuse('a PUBLISH that topicRules denies', ctx, ReasonCode.notAuthorized, ReturnCode.notAuthorized)
    if (qos === 2) (ctx.state.unreleased ??= new Set()).add(packetId)
  }
  const order = (qos === 1 ? ctx.state.pubacks : ctx.state.pubrecs)!
  if (order.clear)
    return answer(
      acknowledgement(qos === 1 ? Type.puback : Type.pubrec, level, packetId, ReasonCode.notAuthorized),
      ctx
    )
  if (order.hold(packetId)) return drop()
  // Sent at once it would overtake those that wait, and the client would take the wrong ones for acknowledged.
  return refuse(
    `${MAX_HELD} acknowledgements of denied PUBLISHes wait for those of the server`,
    ctx,
    ReasonCode.quotaExceeded
  )
}

/**
 * The release of a denied message of QoS 2: the server has not received it. A PUBREC of 5 with an error has none
 * (§4.3.3).
 */
const onPubrel: Handler = (bytes, length, ctx, level) => {
  if (ctx.state.unreleased === undefined || bytes.length < length) return forward()
  const { packetId } = readAcknowledgement(bytes, level)
  return ctx.state.unreleased.delete(packetId) ? answer(acknowledgement(Type.pubcomp, level, packetId), ctx) : forward()
}

const onSubscribe: Handler = (bytes, length, ctx, level, rules) => {
  if (bytes.length < length)
    return refuse(
      `a SUBSCRIBE of ${length} bytes, of which ${bytes.length} are looked at`,
      ctx,
      ReasonCode.packetTooLarge
    )
  const subscribe = readSubscribe(bytes, level)
  const { packetId, subscriptions } = subscribe
  const codes = new Uint8Array(subscriptions.length)
  const allowed: Subscription[] = []
  subscriptions.forEach((subscription, i) => {
    const may = rules.maySubscribe(subscription.filter)
    if (may === undefined)
      throw new ProtocolError(`topic filter ${JSON.stringify(subscription.filter.slice(0, 80))} [MQTT-4.7.1-1]`)
    codes[i] = may ? ASKED : level === 5 ? ReasonCode.notAuthorized : FAILURE
    if (may) allowed.push(subscription)
  })
  const denied = subscriptions.length - allowed.length
  if (denied === 0) {
    ctx.state.partly?.delete(packetId)
    return forward()
  }
  ctx.count('denied.subscribe', denied)
  // MQTT 3.1 has no word for it (§3.9).
  if (level === 3)
    return refuse('a SUBSCRIBE that topicRules denies', ctx, ReasonCode.notAuthorized, ReturnCode.notAuthorized)
  if (allowed.length === 0) return answer(suback(level, packetId, codes), ctx)
  const partly = ctx.state.partly ??= new Map()
  if (partly.size === MAX_PARTLY)
    return refuse(`${MAX_PARTLY} subscriptions wait for their SUBACK`, ctx, ReasonCode.quotaExceeded)
  partly.set(packetId, codes)
  return forward({ bytes: subscribeOnly(bytes, subscribe, allowed) })
}

const onConnect: Handler = () => { throw new ProtocolError('a second CONNECT [MQTT-3.1.0-2]') }

/** Handlers of the packet types that rules may depend on. */
const handlers: readonly (Handler | undefined)[] = [
  undefined,
  onConnect,
  undefined,
  onPublish,
  undefined,
  undefined,
  onPubrel,
  undefined,
  onSubscribe,
  undefined,
  undefined,
  undefined,
  undefined,
  undefined,
  undefined,
  undefined
]

/** Any packet of a client but the first. */
export const onClientPacket = (message: Message, ctx: MqttContext, level: Level): Verdict => {
  const { state } = ctx
  const { rules } = state
  const bytes = message.bytes
  const first = bytes[0]!
  const { length } = message
  const handler = rules === undefined ? undefined : handlers[first >> 4]
  const undescribed = ctx.ruled ? describeForRules(bytes, length, ctx, level) : undefined
  // No packets follow DISCONNECT [MQTT-3.14.4-2], and the client reads none.
  if (rules !== undefined && state.over) return drop()
  if (handler === undefined) watch(bytes, length, ctx, level)
  else {
    checkFirstByte(first, level)
    ctx.count(counters[level].client[first]!)
  }
  if (undescribed !== undefined) return undescribed
  const most = ctx.params.maxPacketBytes
  if (most > 0 && length > most) {
    ctx.count('denied.size')
    return refuse(`a packet of ${length} bytes; maxPacketBytes is ${most}`, ctx, ReasonCode.packetTooLarge)
  }
  if (first >> 4 === Type.disconnect) state.over = true
  return handler === undefined ? forward() : handler(bytes, length, ctx, level, rules!)
}
