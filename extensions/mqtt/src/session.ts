import type { Bytes } from '@weirlb/sdk'
import type { AcknowledgementOrder } from './acknowledgement-order.ts'
import type { Checked } from './checks/checked.ts'
import type { Level } from './packet/level.ts'
import type { ClientRules, Identity } from './rules/topic-rules.ts'

/** The state of one connection. */
export interface Session {
  /** Undefined until the client has named a supported level: before that there is no packet for it. */
  level: Level | undefined
  /** Every packet of both directions is seen. */
  messages: boolean
  /** Reason code of MQTT 5 for the packet of the client that ends the connection. */
  violation: number | undefined
  /** The client has sent DISCONNECT: it reads nothing more. */
  over: boolean
  /** The client's own identity, or the one assigned by an MQTT 5 server. */
  who: Identity
  rules: ClientRules | undefined
  /** The server has accepted the client: nothing may be sent before its CONNACK [MQTT-3.2.0-1]. */
  accepted: boolean
  /** Packets that wait for the CONNACK. */
  early: Bytes[]
  /** The server's Topic Alias Maximum (§3.2.2.3.8); the client may use no alias before it has received it. */
  aliasMaximum: number
  /** For each alias of the client: may it publish there? */
  aliases: Map<number, boolean> | undefined
  /** An alias may have been given a topic where it was not seen: none is believed from then on. */
  aliasesUnknown: boolean
  /** The last topic as text, where rules have asked for it. */
  lastTopicText: string
  /** What each alias of the client stands for, as far as it is known. */
  aliasTopics: Map<number, string> | undefined
  /** Of 3.x clients: denied messages of QoS 2 that were acknowledged and not yet released. */
  unreleased: Set<number> | undefined
  /** With rules: the order of what acknowledges the client's PUBLISHes of QoS 1, and of QoS 2. */
  pubacks: AcknowledgementOrder | undefined
  pubrecs: AcknowledgementOrder | undefined
  /** Subscriptions that the server was shown a part of, by packet identifier: the codes of the rest. */
  partly: Map<number, Bytes> | undefined
  /** The last topic and whether it may be published to: most clients have one. */
  lastTopic: Bytes
  lastAllowed: boolean
  /** Where checks look at the client: what they remember. */
  checked: Checked | undefined
}

const NOTHING = new Uint8Array(0)
const nobody: Identity = { clientId: '', userName: '' }

export const newSession = (): Session => ({
  level: undefined,
  messages: false,
  violation: undefined,
  over: false,
  who: nobody,
  rules: undefined,
  accepted: false,
  early: [],
  aliasMaximum: 0,
  aliases: undefined,
  aliasesUnknown: false,
  lastTopicText: '',
  aliasTopics: undefined,
  unreleased: undefined,
  pubacks: undefined,
  pubrecs: undefined,
  partly: undefined,
  lastTopic: NOTHING,
  lastAllowed: true,
  checked: undefined
})
