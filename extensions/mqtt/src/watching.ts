// Packets without a rule: they are counted, published as far as they parse, and forwarded unchanged.
import { decodeUtf8, Malformed, type Bytes } from '@weirlb/sdk'
import { keepAliasTopic } from './alias-topics.ts'
import type { MqttContext } from './context.ts'
import { counters } from './counters.ts'
import { readDisconnect } from './packet/acknowledgement.ts'
import type { Level } from './packet/level.ts'
import { checkFirstByte, Type, typeNames } from './packet/header.ts'
import { PublishHead } from './packet/publish.ts'
import { checkTopicName } from './packet/utf8.ts'
import { ProtocolError } from './packet/violation.ts'
import type { Session } from './session.ts'

/** A topic longer than this is neither shown nor kept for comparison. */
const LONGEST_KEPT = 256

const NOTHING = new Uint8Array(0)
const head = new PublishHead()

const serversOnly: readonly number[] = [Type.connack, Type.suback, Type.unsuback, Type.pingresp]

/** Throw unless a client that has sent its CONNECT may send a packet of this type. */
const checkSender = (first: number): void => {
  const type = first >> 4
  if (type === Type.connect) throw new ProtocolError('a second CONNECT [MQTT-3.1.0-2]')
  if (serversOnly.includes(type)) throw new ProtocolError(`${typeNames[type]!} from a client`)
}

/** The topic of a PUBLISH is the one before, if that was kept. */
export const sameTopic = ({ topicFrom, topicTo }: PublishHead, bytes: Bytes, last: Bytes): boolean => {
  const length = topicTo - topicFrom
  if (length !== last.length || length === 0) return false
  for (let i = 0, at = topicFrom; i < length; i++) if (bytes[at + i] !== last[i]) return false
  return true
}

/** Rules that come later want to know what an alias stands for. */
export const noteAliasTopic = (head: PublishHead, bytes: Bytes, state: Session): void => {
  if (head.topicAlias > 0 || head.aliasUnseen)
    keepAliasTopic(head, decodeUtf8(bytes, head.topicFrom, head.topicTo), state)
}

/** Publish a topic as a field; returns what is to be kept of it. */
export const shown = ({ topicFrom, topicTo }: PublishHead, bytes: Bytes, topic: string, ctx: MqttContext): Bytes => {
  if (topicTo - topicFrom > LONGEST_KEPT) return NOTHING
  ctx.set('mqtt.publish.topic', topic)
  return bytes.slice(topicFrom, topicTo)
}

const showPublish = (bytes: Bytes, length: number, ctx: MqttContext, level: Level): void => {
  head.read(bytes, length, level)
  const { topicFrom, topicTo } = head
  if (topicTo === topicFrom && level === 5 && (head.topicAlias > 0 || head.aliasUnseen)) return
  noteAliasTopic(head, bytes, ctx.state)
  if (sameTopic(head, bytes, ctx.state.lastTopic)) return
  checkTopicName(bytes, topicFrom, topicTo, 'a topic')
  ctx.state.lastTopic = shown(head, bytes, decodeUtf8(bytes, topicFrom, topicTo), ctx)
}

/** Count a client's packet by its type, or as malformed if the parsed part shows that. */
export const watch = (bytes: Bytes, length: number, ctx: MqttContext, level: Level): void => {
  const first = bytes[0]!
  const type = first >> 4
  try {
    checkFirstByte(first, level)
    checkSender(first)
    // Under rules it is described already.
    if (type === Type.publish && !ctx.ruled) showPublish(bytes, length, ctx, level)
    else if (type === Type.disconnect && level === 5 && bytes.length === length)
      ctx.set('mqtt.disconnect.reason_code', readDisconnect(bytes))
    ctx.count(counters[level].client[first]!)
  } catch (failure) {
    if (!(failure instanceof Malformed)) throw failure
    ctx.count(counters[level].malformed)
  }
}
