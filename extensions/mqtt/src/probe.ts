import {
  encodeUtf8,
  param,
  type Bytes,
  type Judgement,
  type Message,
  type Probe,
  type ProbeContext,
  type ParamsOf
} from '@weirlb/sdk'
import { checkProbeParams } from './check-params.ts'
import { servesNobody } from './packet/connack.ts'
import { packet, Type, u16 } from './packet/header.ts'

const CLEAN_SESSION = 0x02
const PASSWORD = 0x40
const USER_NAME = 0x80
const KEEP_ALIVE_SECONDS = 60
/** Packet identifiers of the one SUBSCRIBE and the one PUBLISH. */
const [SUBSCRIPTION, PUBLICATION] = [1, 2]
/** A refused topic filter (3.1.1 §3.9.3). */
const REFUSED = 0x80

/** Parameters of a monitor. */
export const probeParams = {
  /**
   * Topic to subscribe to and to publish to; the server is up once the message has come back. Empty: a CONNACK is
   * enough.
   */
  topic: param.string({ default: '' }),
  /** Quality of service of that message. */
  qos: param.int({ default: 0, min: 0, max: 2 }),
  /**
   * Client ID. Default: another one each time, since an ID that is in use ends the connection of the other
   * [MQTT-3.1.4-2].
   */
  clientId: param.string({ default: '' }),
  userName: param.string({ default: '' })
}

type Context = ProbeContext<ParamsOf<typeof probeParams>>

const text = (value: string): (Bytes | number[])[] => {
  const bytes = encodeUtf8(value)
  return [u16(bytes.length), bytes]
}

/** CONNECT as 3.1.1 with a clean session that ends with the connection. */
const connect = ({ params: { clientId, userName }, secrets: { password }, id }: Context): Bytes => {
  // [MQTT-3.1.2-22]: a password needs a user name.
  const named = userName !== '' || password !== undefined
  const flags = CLEAN_SESSION | (named ? USER_NAME : 0) | (password === undefined ? 0 : PASSWORD)
  return packet(0x10, [
    [0, 4, ...encodeUtf8('MQTT'), 4, flags, ...u16(KEEP_ALIVE_SECONDS)],
    // 21 letters and digits: every server has to take those [MQTT-3.1.3-5].
    ...text(clientId || `weirprobe${id.slice(0, 12)}`),
    ...named ? text(userName) : [],
    ...password === undefined ? [] : text(password)
  ])
}

const wait = new Uint8Array(0)

/** The server's answer to CONNECT. A topic needs one that accepts. */
const judgeConnack = (answer: Message, { params: { topic, qos } }: Context): Judgement => {
  const reader = answer.reader()
  const first = reader.u8()
  if (first >> 4 !== Type.connack)
    return { down: `its first packet is no CONNACK but begins with 0x${first.toString(16)}` }
  reader.uleb128()
  const code = reader.skip(1).u8()
  if (servesNobody(code)) return { down: `CONNACK code ${code}` }
  if (topic === '') return 'up'
  if (code !== 0) return { down: `CONNACK code ${code}, so topic '${topic}' cannot be tried` }
  return { send: packet(0x82, [u16(SUBSCRIPTION), ...text(topic), [qos]]), awaits: `the SUBACK for topic '${topic}'` }
}

/** Until its own message has come back. */
const judgeLater = (answer: Message, { params: { topic, qos }, id }: Context): Judgement => {
  const own = `its own message on topic '${topic}'`
  const reader = answer.reader()
  const first = reader.u8()
  reader.uleb128()
  switch (first >> 4) {
    case Type.suback: {
      if (reader.u16() !== SUBSCRIPTION || reader.u8() === REFUSED)
        return { down: `the subscription to topic '${topic}' is refused` }
      const identifier = qos === 0 ? [] : u16(PUBLICATION)
      return { send: packet(0x30 | qos << 1, [...text(topic), identifier, encodeUtf8(id)]), awaits: own }
    }
    case Type.publish: {
      const name = reader.text16()
      if ((first >> 1 & 3) > 0) reader.skip(2)
      // Messages of others come too, and old ones that were retained.
      return name === topic && reader.text(reader.left) === id ? 'up' : { send: wait, awaits: own }
    }
    case Type.pubrec: return { send: packet(0x62, [u16(PUBLICATION)]), awaits: own }
    case Type.puback:
    case Type.pubcomp: return { send: wait, awaits: own }
    default: return { down: `a packet that begins with 0x${first.toString(16)} instead of ${own}` }
  }
}

/**
 * Connects under an ID of its own. Without a topic, a server that answers with a CONNACK is up, whatever it thinks of
 * this client. With a topic, it has to deliver a message to its own sender.
 */
export const probe: Probe<typeof probeParams> = {
  params: probeParams,
  secrets: ['password'],
  checkParams: checkProbeParams,
  send: connect,
  judge: (answer, context) => context.step === 0 ? judgeConnack(answer, context) : judgeLater(answer, context)
}
