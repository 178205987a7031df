import { decodeUtf8, defineProtocol, forward, frame, KiB, Malformed, param, reject } from '@weir/sdk'
import { connack, readAssigned, ReasonCode, ReturnCode } from './connack.ts'
import { knownLevel, readConnect, readVersion, type Level } from './connect.ts'
import { lastWords } from './goodbye.ts'

const packetNames = [
  'reserved', 'CONNECT', 'CONNACK', 'PUBLISH', 'PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP',
  'SUBSCRIBE', 'SUBACK', 'UNSUBSCRIBE', 'UNSUBACK', 'PINGREQ', 'PINGRESP', 'DISCONNECT', 'AUTH'
]
const CONNECT = 1
const TLS_HANDSHAKE = 0x16

/** The largest CONNECT without properties has five strings of 65,535 bytes; the rest is room for properties. */
const LARGEST_CONNECT = 384 * KiB
/** Largest packet there is: a remaining length of 268,435,455 (§1.5.5) behind a header of five bytes. */
const LARGEST_PACKET = 268_435_455 + 5

interface State {
  /** Undefined until the client has named a level that is spoken here: before that there are no words for it. */
  level: Level | undefined
}

/** MQTT 3.1, 3.1.1 and 5: balance and pin by the client ID, then get out of the way. */
export default defineProtocol({
  name: 'mqtt',
  api: 1,
  balance: 'per-connection',
  params: {
    /** Let clients connect without a client ID where their version allows it. */
    allowEmptyClientId: param.boolean(true),
    /** Publish `mqtt.connect.username`. Off: user names are identities, and logs travel. */
    publishUsername: param.boolean(false),
    /** Read every MQTT 5 CONNACK for a Server Keep Alive, which replaces the client's: one crossing more per connection. Needed where servers raise it. */
    honourServerKeepAlive: param.boolean(false)
  },
  fields: {
    'mqtt.connect.clientid': 'string',
    'mqtt.connect.protocol_version': 'int',
    'mqtt.connect.username': 'string'
  },
  state: (): State => ({ level: undefined }),

  client: {
    framing: frame.varint({ at: 1, max: LARGEST_CONNECT }),
    onMessage (message, ctx) {
      const first = message.bytes[0]!
      if (first === TLS_HANDSHAKE) return reject('a TLS handshake where MQTT is spoken in the clear')
      if (first >> 4 !== CONNECT) return reject(`the first packet is ${packetNames[first >> 4]!}, not CONNECT [MQTT-3.1.0-1]`)

      const r = message.reader()
      const version = readVersion(r)
      const level = knownLevel(version)
      if (level === undefined) {
        if (version.name !== 'MQTT' && version.name !== 'MQIsdp') return reject(`protocol name ${JSON.stringify(version.name)} [MQTT-3.1.2-1]`)
        // [MQTT-3.1.2-2]: in the words of the version that is nearest to what the client speaks.
        const refusal = version.level > 5 ? connack(5, ReasonCode.unsupportedVersion) : connack(3, ReturnCode.unacceptableLevel)
        return reject(`${version.name} level ${version.level}; there are: MQIsdp 3, MQTT 4, MQTT 5`, refusal)
      }
      ctx.state.level = level
      // MQTT 3.1 calls these bits unused.
      if (level > 3 && (first & 0x0f) !== 0) throw new Malformed('the reserved bits of the fixed header are not 0 [MQTT-2.2.2-2]')

      const { clean, keepAlive, clientId, userName } = readConnect(r, level)
      ctx.set('mqtt.connect.protocol_version', level)
      if (userName !== undefined && ctx.params.publishUsername) ctx.set('mqtt.connect.username', decodeUtf8(userName))
      if (keepAlive > 0) ctx.idleTimeout(1.5 * keepAlive) // 5: [MQTT-3.1.2-22], 3.1.1: [MQTT-3.1.2-24]
      const readConnack = level === 5 && ctx.params.honourServerKeepAlive

      if (clientId.length > 0) {
        ctx.set('mqtt.connect.clientid', decodeUtf8(clientId))
        // The bytes, not the text: two IDs that are invalid UTF-8 must not become one key.
        return forward({ token: clientId, session: clientId, then: readConnack ? 'pipe' : 'tunnel' })
      }
      // 3.1 wants 1 to 23 characters (§3.1); 3.1.1 lets only a clean session go without [MQTT-3.1.3-7].
      if (level === 3 || level === 4 && !clean) return reject('an empty client ID [MQTT-3.1.3-8]', connack(level, ReturnCode.identifierRejected))
      if (!ctx.params.allowEmptyClientId) {
        return reject('an empty client ID, and allowEmptyClientId is false', connack(level, level === 5 ? ReasonCode.identifierNotValid : ReturnCode.identifierRejected))
      }
      // A 5 server assigns an ID and the client comes back with it [MQTT-3.2.2-16]: wait for it.
      return forward({ then: level === 5 ? 'pipe' : 'tunnel' })
    }
  },

  server: {
    // Declared for every packet: a tunnelled connection is still cut here, so that last words stand between two packets.
    framing: frame.varint({ at: 1, max: LARGEST_PACKET }),
    only: { at: 0, mask: 0xf0, in: [0x20] },
    peek: 256 * KiB,
    onMessage (message, ctx) {
      const { clientId, keepAlive } = readAssigned(message.reader())
      if (clientId !== undefined && clientId.length > 0) {
        ctx.session(clientId)
        ctx.set('mqtt.connect.clientid', decodeUtf8(clientId))
      }
      if (keepAlive !== undefined) ctx.idleTimeout(1.5 * keepAlive) // [MQTT-3.1.2-21]
      return forward({ then: 'tunnel' })
    }
  },

  goodbye: (reason, ctx) => ctx.state.level === undefined ? undefined : lastWords(reason, ctx.state.level, ctx.answered)
})
