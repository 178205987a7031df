// PUBLISH (MQTT 5 §3.3), as far as its payload. This is read for every message: positions in the packet's own bytes,
// and no object per packet.
import { Malformed, type Bytes } from '@weirlb/sdk'
import type { Level } from './level.ts'
import { headerEnd } from './header.ts'
import { Property, propertyEnd } from './properties.ts'
import { ProtocolError } from './violation.ts'

/** The part of a PUBLISH before its payload. One object is reused. */
export class PublishHead {
  qos = 0
  retain = false
  dup = false
  /** The topic is `bytes[topicFrom..topicTo)`; it is empty if an alias replaces it. */
  topicFrom = 0
  topicTo = 0
  /** 0 with QoS 0. */
  packetId = 0
  /** 0: there is none. */
  topicAlias = 0
  /** Where the payload begins; -1: the end of the properties is not here. */
  bodyFrom = 0
  /**
   * The list of properties reaches beyond what is here of the packet, and no alias was found before: there may be one.
   */
  aliasUnseen = false

  /** Read the head of a packet of `length` bytes, of which `bytes` are here: at least the topic. */
  read (bytes: Bytes, length: number, level: Level): void {
    const first = bytes[0]!
    this.dup = (first & 8) !== 0
    this.retain = (first & 1) !== 0
    this.qos = first >> 1 & 3
    if (this.qos === 3) throw new Malformed('QoS 3 [MQTT-3.3.1-4]')
    const here = bytes.length
    let at = headerEnd(bytes)
    this.topicFrom = at + 2
    this.topicTo = at = at + 2 + (bytes[at]! << 8 | bytes[at + 1]!)
    this.packetId = 0
    if (this.qos > 0) {
      this.packetId = bytes[at]! << 8 | bytes[at + 1]!
      at += 2
    }
    this.topicAlias = 0
    this.aliasUnseen = false
    this.bodyFrom = at
    // Past its end a packet reads as zeros.
    if (at > length) throw new Malformed('the topic or the packet identifier reaches beyond its PUBLISH')
    if (this.qos > 0 && this.packetId === 0) throw new ProtocolError('packet identifier 0 [MQTT-2.2.1-3]')
    if (level === 5) this.#readAlias(bytes, at, here, length)
  }

  #readAlias (bytes: Bytes, from: number, here: number, length: number): void {
    let at = from
    let size = 0
    for (let shift = 0; ; shift += 7) {
      if (at >= here || shift === 28) {
        this.bodyFrom = -1
        this.#unseen(here, length)
        return
      }
      const byte = bytes[at++]!
      size |= (byte & 127) << shift
      if (byte < 128) break
    }
    const end = at + size
    this.bodyFrom = end
    if (end > length) throw new Malformed('the properties are longer than their PUBLISH')
    const seen = end < here ? end : here
    while (at < end) {
      const next = at < seen ? propertyEnd(bytes, at, seen) : end + 1
      if (next > seen) {
        this.#unseen(seen, end)
        return
      }
      if (bytes[at] === Property.topicAlias) {
        if (this.topicAlias !== 0) throw new ProtocolError('two topic aliases (§3.3.2.3.4)')
        this.topicAlias = bytes[at + 1]! << 8 | bytes[at + 2]!
        if (this.topicAlias === 0) throw new ProtocolError('topic alias 0 [MQTT-3.3.2-8]')
      }
      at = next
    }
  }

  /** The field is not in the available bytes: if these are all, it is missing. */
  #unseen (here: number, all: number): void {
    if (here >= all) throw new Malformed('a property reaches beyond its PUBLISH')
    this.aliasUnseen = this.topicAlias === 0
  }
}
