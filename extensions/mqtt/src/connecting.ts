// Handles CONNECT in both modes: check, key, rewrite, and decide how to continue.
import {
  decodeUtf8,
  encodeUtf8,
  forward,
  Malformed,
  reject,
  type Bytes,
  type Message,
  type Reject,
  type Verdict
} from '@weirlb/sdk'
import { AcknowledgementOrder } from './acknowledgement-order.ts'
import { brief } from './brief.ts'
import { checkFirst } from './checking.ts'
import { refuse } from './closing.ts'
import type { MqttContext } from './context.ts'
import { counters } from './counters.ts'
import { provenIdentity } from './identity.ts'
import { connack, ReasonCode, ReturnCode } from './packet/connack.ts'
import { knownLevel, readConnect, readVersion, rewrittenConnect, type Connect } from './packet/connect.ts'
import type { Level } from './packet/level.ts'
import { Type } from './packet/header.ts'
import { checkTopicName, isUtf8 } from './packet/utf8.ts'
import { policyOf, type Params } from './policy.ts'
import { describeConnect, describePacket, publishName } from './ruled.ts'
import type { Identity } from './rules/topic-rules.ts'

/**
 * A TLS record that holds a handshake begins with 22 and the major version 3 (RFC 8446 §5.1). To MQTT 3.1 that is a
 * CONNECT of three bytes, which there is not.
 */
const isTlsHello = (bytes: Bytes): boolean => bytes[0] === 0x16 && bytes[1] === 3

/** The first packet of a client. */
export const onFirstPacket = (message: Message, ctx: MqttContext): Verdict => {
  const bytes = message.bytes
  const first = bytes[0]!
  if (isTlsHello(bytes)) return reject('a TLS handshake where MQTT is spoken in the clear')

  const r = message.reader()
  const version = readVersion(r)
  const level = knownLevel(version)
  if (level === undefined) {
    if (version.name !== 'MQTT' && version.name !== 'MQIsdp')
      return reject(`protocol name ${JSON.stringify(version.name)} [MQTT-3.1.2-1]`)
    // [MQTT-3.1.2-2]: in the version closest to the client's.
    const refusal = version.name === 'MQTT' && version.level > 5
      ? connack(5, ReasonCode.unsupportedVersion)
      : connack(3, ReturnCode.unacceptableLevel)
    return reject(
      `${version.name} level ${version.level}; there are: MQIsdp 3, MQTT 4, MQTT 5`,
      ctx.params.finalEnd === 'goodbye' ? refusal : undefined
    )
  }
  ctx.state.level = level
  // Counted before any check: refused packets count too.
  if (policyOf(ctx.params).messages || ctx.ruled) ctx.count(counters[level].client[Type.connect << 4]!)
  // MQTT 3.1 calls these bits unused.
  if (level > 3 && (first & 0x0f) !== 0)
    throw new Malformed('the reserved bits of the fixed header are not 0 [MQTT-2.2.2-2]')
  return onConnect(bytes, readConnect(r, level, bytes.length), level, ctx)
}

const onConnect = (bytes: Bytes, connect: Connect, level: Level, ctx: MqttContext): Verdict => {
  const { params, state } = ctx
  const { clean, keepAlive, clientId } = connect
  const messages = policyOf(params).messages || ctx.ruled
  if (ctx.ruled) describePacket(bytes, bytes.length, ctx, undefined)
  checkFirst(bytes, connect, level, ctx)
  if (params.maxPacketBytes > 0 && bytes.length > params.maxPacketBytes) {
    ctx.count('denied.size')
    return refuse(
      `a CONNECT of ${bytes.length} bytes; maxPacketBytes is ${params.maxPacketBytes}`,
      ctx,
      ReasonCode.packetTooLarge
    )
  }
  const who = {
    clientId: decodeUtf8(clientId),
    userName: connect.userName === undefined ? '' : decodeUtf8(connect.userName)
  }
  const proven = params.identity === 'client-id' ? undefined : provenIdentity(ctx.client, params.identity)
  if (proven !== undefined && 'why' in proven)
    return refuse(proven.why, ctx, ReasonCode.notAuthorized, ReturnCode.notAuthorized)
  if (params.clientIdIsIdentity && proven !== undefined && proven.identity !== who.clientId) {
    return refuse(
      `its client ID is not its identity ${JSON.stringify(brief(proven.identity))}`,
      ctx,
      ReasonCode.notAuthorized,
      ReturnCode.identifierRejected
    )
  }
  state.messages = messages
  ctx.set('mqtt.connect.protocol_version', level)
  if (connect.userName !== undefined) publishName('mqtt.connect.username', who.userName, ctx, params.publishUsername)
  if (ctx.wants('mqtt.connect.keepalive')) ctx.set('mqtt.connect.keepalive', keepAlive, { shown: false })
  if (clientId.length > 0) publishName('mqtt.connect.client_id', who.clientId, ctx, true)
  if (keepAlive > 0) ctx.idleTimeout(1.5 * keepAlive) // 5: [MQTT-3.1.2-22], 3.1.1: [MQTT-3.1.2-24]

  const refusal = clientId.length === 0 ? refuseEmptyId(level, clean, ctx) : undefined
  if (refusal !== undefined) return refusal
  if (messages || wantsConnect(ctx)) show(connect, level, ctx)
  const unseen = describeConnect(bytes, connect, ctx, level)
  if (unseen !== undefined) return unseen
  if (messages) {
    const refused = judge(connect, who, level, ctx)
    if (refused !== undefined) return refused
  }
  const id = serverSideId(clientId, level, params)
  if (id.length > 0xffff)
    return refuse(
      'the client ID is too long with its prefix',
      ctx,
      ReasonCode.identifierNotValid,
      ReturnCode.identifierRejected
    )
  if (misnames(connect, params))
    return refuse(
      'a name that goes into the user name is not UTF-8 [MQTT-1.5.4-1]',
      ctx,
      ReasonCode.malformedPacket,
      ReturnCode.badUserNameOrPassword
    )
  const user = serverSideUser(connect, who, proven?.identity ?? who.clientId, params)
  if (user !== undefined && user.length > 0xffff)
    return refuse(
      'the user name is too long as it is rewritten',
      ctx,
      ReasonCode.notAuthorized,
      ReturnCode.notAuthorized
    )
  const rewritten = id !== clientId || user !== undefined ? rewrittenConnect(bytes, connect, id, user) : undefined

  // The bytes, not the text: two IDs that are invalid UTF-8 must not become one key. It is the ID that the server
  // sees, since the server's sessions use it.
  const key = proven?.identity ?? (id.length > 0 ? id : undefined)
  const keys = key === undefined ? undefined : { token: key, session: key }
  if (messages) return forward({ ...keys, bytes: rewritten })
  // A 5 server assigns an ID and the client comes back with it [MQTT-3.2.2-16]: wait for it.
  const readConnack = params.countRefusals || level === 5 && (key === undefined || params.honourServerKeepAlive)
  return forward({ ...keys, bytes: rewritten, then: readConnack ? 'pipe' : 'tunnel' })
}

const refuseEmptyId = (level: Level, clean: boolean, ctx: MqttContext): Reject | undefined => {
  const { allowEmptyClientId, clientIdPrefix } = ctx.params
  // 3.1 wants 1 to 23 characters (§3.1); 3.1.1 lets only a clean session go without [MQTT-3.1.3-7].
  if (level === 3 || level === 4 && !clean)
    return refuse(
      'an empty client ID [MQTT-3.1.3-8]',
      ctx,
      ReasonCode.identifierNotValid,
      ReturnCode.identifierRejected
    )
  if (!allowEmptyClientId)
    return refuse(
      'an empty client ID, and allowEmptyClientId is false',
      ctx,
      ReasonCode.identifierNotValid,
      ReturnCode.identifierRejected
    )
  // The server would assign one without the prefix, and know the client that comes back with it by another.
  if (level === 5 && clientIdPrefix !== '')
    return refuse('an empty client ID, and clientIdPrefix is set', ctx, ReasonCode.identifierNotValid)
  return undefined
}

/** Rules want fields that are otherwise published where all packets are inspected. */
const wantsConnect = (ctx: MqttContext): boolean =>
  ctx.wants('mqtt.connect.protocol_string') || ctx.wants('mqtt.connect.flags.clean_session') ||
  ctx.wants('mqtt.connect.flags.will') || ctx.wants('mqtt.connect.will.topic')

/** Publish the fields of CONNECT. */
const show = ({ clean, will }: Connect, level: Level, ctx: MqttContext): void => {
  ctx.set('mqtt.connect.protocol_string', level === 3 ? 'MQIsdp' : 'MQTT')
  ctx.set('mqtt.connect.flags.clean_session', clean)
  ctx.set('mqtt.connect.flags.will', will !== undefined)
  if (will !== undefined) publishName('mqtt.connect.will.topic', decodeUtf8(will.topic), ctx, true)
}

/** Apply the rules to the client and to its will. */
const judge = (
  { clientId, will, userName }: Connect,
  who: Identity,
  level: Level,
  ctx: MqttContext
): Reject | undefined => {
  const { state, params } = ctx
  const { rules } = policyOf(params)
  if (rules === undefined) return undefined
  if (!isUtf8(clientId))
    return refuse(
      'the client ID is not UTF-8 [MQTT-1.5.4-1]',
      ctx,
      ReasonCode.identifierNotValid,
      ReturnCode.identifierRejected
    )
  if (userName !== undefined && !isUtf8(userName))
    return refuse(
      'the user name is not UTF-8 [MQTT-1.5.4-1]',
      ctx,
      ReasonCode.malformedPacket,
      ReturnCode.badUserNameOrPassword
    )
  if (will !== undefined) checkTopicName(will.topic, 0, will.topic.length, 'the will topic')
  state.who = who
  state.rules = rules.forClient(who)
  state.pubacks = new AcknowledgementOrder()
  state.pubrecs = new AcknowledgementOrder()
  if (state.rules === undefined) {
    ctx.count('denied.connect')
    return refuse(
      'a client ID or user name with +, # or /, which topicRules puts into a topic',
      ctx,
      ReasonCode.identifierNotValid,
      ReturnCode.identifierRejected
    )
  }
  if (will !== undefined && !state.rules.mayPublish(decodeUtf8(will.topic))) {
    ctx.count('denied.will')
    return refuse('the will topic is denied by topicRules', ctx, ReasonCode.notAuthorized, ReturnCode.notAuthorized)
  }
  return undefined
}

/** The client ID as the server is to see it. */
const serverSideId = (clientId: Bytes, level: Level, { clientIdPrefix }: Params): Bytes => {
  if (clientIdPrefix === '' || clientId.length === 0 && level < 5) return clientId
  const prefix = encodeUtf8(clientIdPrefix)
  const id = new Uint8Array(prefix.length + clientId.length)
  id.set(prefix)
  id.set(clientId, prefix.length)
  return id
}

/** True when `userName` is to be made of what is no text: two clients could become one. */
const misnames = ({ clientId, userName }: Connect, params: Params): boolean =>
  (params.userName.includes('%c') || params.userName.includes('%i') && params.identity === 'client-id') &&
    !isUtf8(clientId) || params.userName.includes('%u') && userName !== undefined && !isUtf8(userName)

/** The user name as the server is to see it; undefined: as it is. */
const serverSideUser = ({ userName }: Connect, who: Identity, identity: string, params: Params): Bytes | undefined => {
  if (params.userName === '' || userName === undefined && params.userName.includes('%u')) return undefined
  return encodeUtf8(
    params.userName.replace(/%[uci]/g, what => what === '%u' ? who.userName : what === '%c' ? who.clientId : identity)
  )
}
