// One packet as both decodes see it: what this extension reads of it, and nothing else.
import { decodeUtf8, Malformed, Reader } from '@weirlb/sdk'
import type { Packet } from 'mqtt-packet'
import { readAcknowledgement, readDisconnect } from '../src/packet/acknowledgement.ts'
import { knownLevel, readConnect, readVersion } from '../src/packet/connect.ts'
import type { Level } from '../src/packet/level.ts'
import { readConnack } from '../src/packet/connack.ts'
import { checkFirstByte, typeNames } from '../src/packet/header.ts'
import { PublishHead } from '../src/packet/publish.ts'
import { readSuback, readSubscribe } from '../src/packet/subscribe.ts'
import { checkTopicName } from '../src/packet/utf8.ts'

export type Summary = Readonly<Record<string, unknown>>

const head = new PublishHead()
const text = (bytes: Uint8Array | undefined): string | undefined => bytes === undefined ? undefined : decodeUtf8(bytes)

const acknowledgement = (bytes: Uint8Array, level: Level): Summary => {
  const { packetId, reason } = readAcknowledgement(bytes, level)
  return { id: packetId, reason }
}

const ours: Readonly<Record<string, (bytes: Uint8Array, level: Level) => Summary>> = {
  connect: bytes => {
    const r = new Reader(bytes)
    const version = readVersion(r)
    const level = knownLevel(version)
    if (level === undefined) throw new Malformed('an unknown version')
    const { clean, keepAlive, clientId, will, userName } = readConnect(r, level, bytes.length)
    return {
      level,
      name: version.name,
      clean,
      keepAlive,
      clientId: text(clientId),
      userName: text(userName),
      will: will && { topic: text(will.topic), qos: will.qos, retain: will.retain }
    }
  },
  connack: bytes => {
    const { sessionPresent, code, clientId, keepAlive, topicAliasMaximum } = readConnack(new Reader(bytes))
    return { sessionPresent, code, clientId: text(clientId), keepAlive, topicAliasMaximum }
  },
  publish: (bytes, level) => {
    head.read(bytes, bytes.length, level)
    if (head.topicTo > head.topicFrom || head.topicAlias === 0)
      checkTopicName(bytes, head.topicFrom, head.topicTo, 'a topic')
    return {
      qos: head.qos,
      retain: head.retain,
      dup: head.dup,
      topic: decodeUtf8(bytes, head.topicFrom, head.topicTo),
      id: head.packetId || undefined,
      alias: head.topicAlias || undefined
    }
  },
  puback: acknowledgement,
  pubrec: acknowledgement,
  pubrel: acknowledgement,
  pubcomp: acknowledgement,
  subscribe: (bytes, level) => {
    const { packetId, subscriptions } = readSubscribe(bytes, level)
    return { id: packetId, subscriptions: subscriptions.map(({ filter, qos }) => ({ filter, qos })) }
  },
  suback: (bytes, level) => {
    const { packetId, codes } = readSuback(bytes, level)
    return { id: packetId, codes: [...codes] }
  },
  disconnect: (bytes, level) => ({ reason: level === 5 ? readDisconnect(bytes) : undefined })
}

/** A whole packet, read here. Throws Malformed. */
export const decoded = (bytes: Uint8Array, level: Level): Summary => {
  const cmd = typeNames[bytes[0]! >> 4]!.toLowerCase()
  checkFirstByte(bytes[0]!, cmd === 'connect' ? 4 : level)
  return { cmd, ...ours[cmd]?.(bytes, level) }
}

/** The same of what mqtt-packet has read. */
export const summary = (packet: Packet, level: Level): Summary => {
  const { cmd } = packet
  switch (packet.cmd) {
    case 'connect': {
      const { protocolVersion, protocolId, clean, keepalive, clientId, username, will } = packet
      return {
        cmd,
        level: protocolVersion,
        name: protocolId,
        clean,
        keepAlive: keepalive,
        clientId,
        userName: username,
        will: will && { topic: will.topic, qos: will.qos, retain: will.retain }
      }
    }
    case 'connack': {
      const { sessionPresent, returnCode, reasonCode, properties } = packet
      return {
        cmd,
        sessionPresent,
        code: reasonCode ?? returnCode,
        clientId: properties?.assignedClientIdentifier,
        keepAlive: properties?.serverKeepAlive,
        topicAliasMaximum: properties?.topicAliasMaximum ?? 0
      }
    }
    case 'publish':
      return {
        cmd,
        qos: packet.qos,
        retain: packet.retain,
        dup: packet.dup,
        topic: packet.topic,
        id: packet.messageId,
        alias: packet.properties?.topicAlias
      }
    case 'puback':
    case 'pubrec':
    case 'pubrel':
    case 'pubcomp':
      return { cmd, id: packet.messageId, reason: packet.reasonCode ?? 0 }
    case 'subscribe':
      return {
        cmd,
        id: packet.messageId,
        subscriptions: packet.subscriptions.map(({ topic, qos }) => ({ filter: topic, qos }))
      }
    case 'suback':
      return { cmd, id: packet.messageId, codes: packet.granted }
    case 'disconnect':
      return { cmd, reason: level === 5 ? packet.reasonCode : undefined }
    default:
      return { cmd }
  }
}
