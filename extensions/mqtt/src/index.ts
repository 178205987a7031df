import { defineProtocol, frame, KiB, Malformed, type Message, type Verdict } from '@weirlb/sdk'
import { checkParams } from './check-params.ts'
import { onClientPacket } from './client-packets.ts'
import { onFirstPacket } from './connecting.ts'
import { fields, messageFields, security, type MqttContext } from './context.ts'
import { lastWords } from './goodbye.ts'
import { violationOf } from './packet/violation.ts'
import { params } from './policy.ts'
import { probe } from './probe.ts'
import { MOST_PAYLOAD } from './ruled.ts'
import { onServerPacket } from './server-packets.ts'
import { newSession } from './session.ts'

/** The largest CONNECT without properties has five strings of 65,535 bytes; the rest is room for properties. */
const LARGEST_CONNECT = 384 * KiB
/** Largest possible packet: a remaining length of 268,435,455 (§1.5.5) after a header of five bytes. */
const LARGEST_PACKET = 268_435_455 + 5
/**
 * How much of a PUBLISH enters beside its topic: a packet identifier, and room for the properties of MQTT 5 up to a
 * topic alias.
 */
const PUBLISH_HEAD = 1 * KiB
/** The same while rules look at the payload: as much of it as regular expressions do. */
const WIDE_HEAD = PUBLISH_HEAD + MOST_PAYLOAD
/** How much of a packet enters of which little is read. */
const SHORT = 64

/** A packet of a client. The goodbye reports its fault. */
const onMessage = (message: Message, ctx: MqttContext): Verdict => {
  const { state } = ctx
  try {
    return state.level === undefined ? onFirstPacket(message, ctx) : onClientPacket(message, ctx, state.level)
  } catch (failure) {
    if (failure instanceof Malformed) state.violation = violationOf(failure)
    throw failure
  }
}

/**
 * MQTT 3.1, 3.1.1 and 5: balance and pin by the client ID, then get out of the way, or see every packet and hold
 * clients to topic rules.
 */
export default defineProtocol({
  name: 'mqtt',
  api: 1,
  balance: 'per-connection',
  // A CONNECT identifies the client and may be sent twice; a PUBLISH after it may not.
  resend: 'first-message',
  params,
  checkParams,
  fields,
  messageFields,
  security,
  state: newSession,

  client: {
    // A CONNECT [MQTT-3.1.0-1]; its flags are checked with the rest of it.
    begins: [{ from: 0x10, to: 0x1f }],
    framing: frame.byFirstByte(
      [{ from: 0x10, to: 0x1f, use: frame.varint({ at: 1, max: LARGEST_CONNECT }) }],
      frame.varint({ at: 1, max: LARGEST_PACKET })
    ),
    peek: {
      cases: [
        { from: 0x10, to: 0x1f, bytes: LARGEST_CONNECT },
        { from: 0x30, to: 0x3f, bytes: PUBLISH_HEAD, field: 2, wide: WIDE_HEAD },
        { from: 0x80, to: 0x8f, bytes: 128 * KiB },
        { from: 0xa0, to: 0xaf, bytes: SHORT, wide: 128 * KiB }
      ],
      otherwise: SHORT,
      // What rules read beyond that.
      wideFor: ['mqtt.publish.message', 'mqtt.unsubscribe.topic', 'mqtt.user_properties']
    },
    // [MQTT-3.14.4-1]
    closes: [{ from: 0xe0, to: 0xef }],
    onMessage
  },

  server: {
    // Declared for every packet: a tunnelled connection is still framed here, so that a goodbye is sent between two
    // packets.
    framing: frame.varint({ at: 1, max: LARGEST_PACKET }),
    // DISCONNECT [MQTT-3.14.4-1], and a CONNACK that refuses: the server closes after it [MQTT-3.2.2-7], in 3.1.1
    // with any code but 0 [MQTT-3.2.2-5].
    closes: [{ from: 0xe0, to: 0xef }, { from: 0x20, to: 0x2f, where: { at: 1, from: 1, to: 0xff } }],
    peek: {
      cases: [{ from: 0x20, to: 0x2f, bytes: 256 * KiB }, { from: 0x30, to: 0x3f, bytes: 1 }, { from: 0x40, to: 0x5f, bytes: 128 * KiB }, { from: 0x90, to: 0x9f, bytes: 128 * KiB }],
      otherwise: SHORT
    },
    onMessage: onServerPacket
  },

  probe,

  // [MQTT-6.0.0-1] and [MQTT-6.0.0-3]; the second name is that of MQTT 3.1.
  websocket: { subprotocols: ['mqtt', 'mqttv3.1'] },

  goodbye: (reason, ctx) => lastWords(reason, ctx.state, ctx.answered, ctx.params)
})
