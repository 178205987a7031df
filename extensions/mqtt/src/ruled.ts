// What the operator's rules see of a client's packets, and what the client gets if they block one. A packet that cannot
// be read ends the connection here: a server might read it otherwise, and a rule would have missed it.
import { decodeUtf8, Malformed, type Bytes, type Reject } from '@weirlb/sdk'
import { keepAliasTopic, LONGEST_ALIASED, MAX_ALIASES } from './alias-topics.ts'
import { brief } from './brief.ts'
import { checkLater } from './checking.ts'
import { refuse } from './closing.ts'
import type { MqttContext } from './context.ts'
import type { Connect } from './packet/connect.ts'
import { ReasonCode } from './packet/connack.ts'
import type { Level } from './packet/level.ts'
import { checkFirstByte, headerEnd, Type, typeNames } from './packet/header.ts'
import { PublishHead } from './packet/publish.ts'
import { readSubscribe, suback } from './packet/subscribe.ts'
import { readUnsubscribe, unsuback } from './packet/unsubscribe.ts'
import { MAX_USER_PROPERTIES, readUserProperties } from './packet/user-properties.ts'
import { checkTopicName } from './packet/utf8.ts'
import { sameTopic, shown } from './watching.ts'

/** Bytes of properties that may stand in front of a payload that rules look at: with more, it would not be here. */
const MOST_PROPERTIES = 1024
/** Bytes of a payload that rules look at. */
export const MOST_PAYLOAD = 8192
/** SUBACK of 3.1.1 for a filter that is refused (§3.9.3). */
const FAILURE = 0x80

const NOTHING = new Uint8Array(0)
/**
 * PUBACK or PUBREC with `not authorized`, and a PUBACK of 3.x: filled for each message, since what is recorded is
 * copied.
 */
const refusedV5 = Uint8Array.of(0, 3, 0, 0, ReasonCode.notAuthorized)
const refusedV3 = Uint8Array.of(0x40, 2, 0, 0)
const head = new PublishHead()

/** Publish what rules want to know of every packet. */
export const describePacket = (bytes: Bytes, length: number, ctx: MqttContext, level: Level | undefined): void => {
  const first = bytes[0]!
  if (ctx.wants('mqtt.type')) ctx.set('mqtt.type', typeNames[first >> 4]!, { shown: false })
  if (ctx.wants('mqtt.flags')) ctx.set('mqtt.flags', first & 15, { shown: false })
  if (ctx.wants('mqtt.packet.size')) ctx.set('mqtt.packet.size', length, { shown: false })
  if (ctx.wants('mqtt.reason_code')) describeReason(bytes, first >> 4, ctx, level)
}

/** Bytes between the header of a packet and its reason code. */
const reasonBehind: Partial<Readonly<Record<number, number>>> = {
  [Type.connack]: 1,
  [Type.puback]: 2,
  [Type.pubrec]: 2,
  [Type.pubrel]: 2,
  [Type.pubcomp]: 2,
  [Type.disconnect]: 0,
  [Type.auth]: 0
}

/**
 * Publish the reason code of a packet. One that ends before its code stands for success (§3.4.2.1); before MQTT 5 a
 * CONNACK alone has one.
 */
const describeReason = (bytes: Bytes, type: number, ctx: MqttContext, level: Level | undefined): void => {
  const behind = reasonBehind[type]
  if (behind === undefined || (level !== 5 && type !== Type.connack)) return
  ctx.set('mqtt.reason_code', bytes[headerEnd(bytes) + behind] ?? 0, { shown: false })
}

/** Describe a packet of a client to the rules. Returns a refusal where one cannot be described. */
export const describeForRules = (bytes: Bytes, length: number, ctx: MqttContext, level: Level): Reject | undefined => {
  const faulty = checkLater(bytes, length, ctx, level)
  if (!ctx.tolerant) return describe(bytes, length, ctx, level, faulty)
  // The checks have noted what is wrong, and their modes decide.
  try {
    describe(bytes, length, ctx, level, faulty)
  } catch (failure) {
    if (!(failure instanceof Malformed)) throw failure
  }
  return undefined
}

const describe = (
  bytes: Bytes,
  length: number,
  ctx: MqttContext,
  level: Level,
  faulty: boolean
): Reject | undefined => {
  const first = bytes[0]!
  checkFirstByte(first, level)
  describePacket(bytes, length, ctx, level)
  switch (first >> 4) {
    case Type.publish: return describePublish(bytes, length, ctx, level, faulty)
    case Type.subscribe: return describeSubscribe(bytes, length, ctx, level, faulty)
    case Type.unsubscribe: return describeUnsubscribe(bytes, length, ctx, level)
    default: return undefined
  }
}

const describePublish = (
  bytes: Bytes,
  length: number,
  ctx: MqttContext,
  level: Level,
  faulty: boolean
): Reject | undefined => {
  head.read(bytes, length, level)
  if (ctx.wants('mqtt.qos')) ctx.set('mqtt.qos', head.qos, { shown: false })
  if (ctx.wants('mqtt.publish.retain')) ctx.set('mqtt.publish.retain', head.retain, { shown: false })
  if (ctx.wants('mqtt.publish.payload_size') && head.bodyFrom >= 0)
    ctx.set('mqtt.publish.payload_size', Math.max(0, length - head.bodyFrom), { shown: false })
  // An alias without a topic stands for one that came before; rules see that.
  const aliased = head.topicTo === head.topicFrom
  if (aliased && head.aliasUnseen)
    return refuse(
      'a topic alias behind too many properties: rules cannot see its topic',
      ctx,
      ReasonCode.topicAliasInvalid
    )
  const topic = aliased && head.topicAlias > 0 ? ctx.state.aliasTopics?.get(head.topicAlias) : topicOf(bytes, ctx)
  if (topic === undefined)
    return refuse(`topic alias ${head.topicAlias} stands for no topic (§3.3.2.3.4)`, ctx, ReasonCode.protocolError)
  if (!aliased && (head.topicAlias > 0 || head.aliasUnseen)) {
    const refusal = keepAlias(topic, ctx)
    if (refusal !== undefined) return refusal
  }
  if (ctx.wants('mqtt.publish.topic')) ctx.set('mqtt.publish.topic', topic, { shown: false })
  if (ctx.wants('mqtt.topic.levels')) ctx.set('mqtt.topic.levels', levelsOf(topic), { shown: false })
  const unseen = (ctx.wants('mqtt.publish.message') ? describePayload(bytes, ctx) : undefined) ??
    describeProperties(
      bytes,
      head.qos > 0 ? head.topicTo + 2 : head.topicTo,
      head.bodyFrom >= 0 && head.bodyFrom <= bytes.length,
      ctx,
      level
    )
  if (unseen !== undefined) return unseen
  // What follows a fault of the protocol is not believed; and managed checks count what the server acknowledges.
  if (!faulty && !ctx.tolerant) offerPublishRefusal(aliased, ctx, level)
  return undefined
}

/** Most clients have one topic: it is checked and decoded once. What is kept of it is the log's business as well. */
const topicOf = (bytes: Bytes, ctx: MqttContext): string => {
  const { state } = ctx
  if (state.lastTopicText !== '' && sameTopic(head, bytes, state.lastTopic)) return state.lastTopicText
  checkTopicName(bytes, head.topicFrom, head.topicTo, 'a topic')
  const topic = decodeUtf8(bytes, head.topicFrom, head.topicTo)
  // With topicRules the last topic goes with what they say of it.
  if (state.rules === undefined) {
    state.lastTopic = shown(head, bytes, topic, ctx)
    state.lastTopicText = state.lastTopic.length === 0 ? '' : topic
  }
  return topic
}

const levelsOf = (topic: string): number => {
  let levels = 1
  for (let at = topic.indexOf('/'); at >= 0; at = topic.indexOf('/', at + 1)) levels++
  return levels
}

const keepAlias = (topic: string, ctx: MqttContext): Reject | undefined => {
  if (keepAliasTopic(head, topic, ctx.state)) return undefined
  if (head.aliasUnseen)
    return refuse(
      'a topic alias behind too many properties: rules could not see what it stands for',
      ctx,
      ReasonCode.topicAliasInvalid
    )
  return refuse(
    `under rules a client has at most ${MAX_ALIASES} topic aliases, for topics of at most ${LONGEST_ALIASED} bytes`,
    ctx,
    ReasonCode.topicAliasInvalid
  )
}

/** The first bytes of the payload. */
const describePayload = (bytes: Bytes, ctx: MqttContext): Reject | undefined => {
  if (head.bodyFrom < 0 || head.bodyFrom - head.topicTo > MOST_PROPERTIES)
    return refuse(
      `a payload behind more than ${MOST_PROPERTIES} bytes of properties: rules cannot see it`,
      ctx,
      ReasonCode.packetTooLarge
    )
  ctx.set('mqtt.publish.message', head.bodyFrom < bytes.length ? decodeUtf8(bytes, head.bodyFrom, bytes.length) : '', {
    shown: false
  })
  return undefined
}

/** User properties of a packet whose properties begin at `from`, with their length; `whole`: they are all here. */
const describeProperties = (
  bytes: Bytes,
  from: number,
  whole: boolean,
  ctx: MqttContext,
  level: Level
): Reject | undefined => {
  if (level < 5 || !ctx.wants('mqtt.user_properties')) return undefined
  const found = whole ? readUserProperties(bytes, from) : undefined
  if (found === undefined)
    return refuse(
      `under rules a packet has at most ${MAX_USER_PROPERTIES} user properties, which stand near its begin`,
      ctx,
      ReasonCode.packetTooLarge
    )
  ctx.set('mqtt.user_properties', found, { shown: false })
  return undefined
}

/** What else rules want of a CONNECT. */
export const describeConnect = (
  bytes: Bytes,
  { at, userName, hasPassword, will }: Connect,
  ctx: MqttContext,
  level: Level
): Reject | undefined => {
  if (ctx.wants('mqtt.connect.flags.username'))
    ctx.set('mqtt.connect.flags.username', userName !== undefined, { shown: false })
  if (ctx.wants('mqtt.connect.flags.password')) ctx.set('mqtt.connect.flags.password', hasPassword, { shown: false })
  if (will !== undefined && ctx.wants('mqtt.connect.will.message'))
    ctx.set('mqtt.connect.will.message', decodeUtf8(will.message, 0, Math.min(will.message.length, MOST_PAYLOAD)), {
      shown: false
    })
  // Flags, and two bytes of the keep alive.
  return describeProperties(bytes, at.flags + 3, true, ctx, level)
}

/**
 * What a client gets whose PUBLISH is blocked and whose connection stays. There is nothing where the server must see
 * the packet, for its topic gets an alias; nor where the packet's end depends on more packets of ours (QoS 2 of 3.x),
 * or on the order in which topicRules has its own acknowledgements sent. Then the connection ends.
 */
const offerPublishRefusal = (aliased: boolean, ctx: MqttContext, level: Level): void => {
  const { qos, packetId, topicAlias } = head
  const { accepted, rules } = ctx.state
  if (!aliased && topicAlias > 0) return
  if (qos === 0) return ctx.refusal(NOTHING)
  if (!accepted || rules !== undefined || (level < 5 && (qos === 2 || ctx.params.deniedPublish === 'close'))) return
  const refused = level === 5 ? refusedV5 : refusedV3
  refused[0] = (qos === 1 ? Type.puback : Type.pubrec) << 4
  refused[2] = packetId >> 8
  refused[3] = packetId & 255
  ctx.refusal(refused)
  if (level < 5 || !ctx.limited) return
  refused[4] = ReasonCode.quotaExceeded
  ctx.refusal(refused, 'rate-limit')
  refused[4] = ReasonCode.notAuthorized
}

const describeSubscribe = (
  bytes: Bytes,
  length: number,
  ctx: MqttContext,
  level: Level,
  faulty: boolean
): Reject | undefined => {
  if (bytes.length < length)
    return refuse(
      `a SUBSCRIBE of ${length} bytes, of which ${bytes.length} are looked at`,
      ctx,
      ReasonCode.packetTooLarge
    )
  const { packetId, subscriptions } = readSubscribe(bytes, level)
  if (ctx.wants('mqtt.subscribe.topic'))
    ctx.set('mqtt.subscribe.topic', subscriptions.map(({ filter }) => filter), { shown: false })
  if (ctx.wants('mqtt.subscribe.count')) ctx.set('mqtt.subscribe.count', subscriptions.length, { shown: false })
  const unseen = describeProperties(bytes, headerEnd(bytes) + 2, true, ctx, level)
  if (unseen !== undefined) return unseen
  // MQTT 3.1 has no word for it (§3.9).
  if (faulty || !ctx.state.accepted || level === 3) return undefined
  const refused = (code: number): Bytes =>
    suback(level, packetId, new Uint8Array(subscriptions.length).fill(level === 5 ? code : FAILURE))
  ctx.refusal(refused(ReasonCode.notAuthorized))
  if (level === 5 && ctx.limited) ctx.refusal(refused(ReasonCode.quotaExceeded), 'rate-limit')
  return undefined
}

const describeUnsubscribe = (bytes: Bytes, length: number, ctx: MqttContext, level: Level): Reject | undefined => {
  if (!ctx.wants('mqtt.unsubscribe.topic') && !ctx.wants('mqtt.user_properties')) return undefined
  if (bytes.length < length)
    return refuse(
      `an UNSUBSCRIBE of ${length} bytes, of which ${bytes.length} are looked at`,
      ctx,
      ReasonCode.packetTooLarge
    )
  const { packetId, filters } = readUnsubscribe(bytes, level)
  if (ctx.wants('mqtt.unsubscribe.topic')) ctx.set('mqtt.unsubscribe.topic', filters, { shown: false })
  const unseen = describeProperties(bytes, headerEnd(bytes) + 2, true, ctx, level)
  // UNSUBACK has no codes before MQTT 5: there is no word for it.
  if (unseen === undefined && ctx.state.accepted && level === 5)
    ctx.refusal(unsuback(packetId, new Uint8Array(filters.length).fill(ReasonCode.notAuthorized)))
  return unseen
}

/**
 * Publish a name of CONNECT: to rules whole, for what is beyond a field's length would pass them; `shown`: truncated in
 * the log too.
 */
export const publishName = (
  field: 'mqtt.connect.client_id' | 'mqtt.connect.username' | 'mqtt.connect.will.topic',
  value: string,
  ctx: MqttContext,
  shown: boolean
): void => {
  const short = brief(value)
  if (shown) ctx.set(field, short)
  if (ctx.wants(field) && (!shown || short !== value)) ctx.set(field, value, { shown: false })
}
