import type { Context, SecurityFields } from '@weirlb/sdk'
import type { Params } from './policy.ts'
import type { Session } from './session.ts'

/** Published fields of a connection, named as in Suricata's EVE records of MQTT. */
export const fields = {
  'mqtt.connect.client_id': 'string',
  'mqtt.connect.protocol_version': 'int',
  'mqtt.connect.username': 'string',
  'mqtt.connect.protocol_string': 'string',
  'mqtt.connect.flags.clean_session': 'bool',
  'mqtt.connect.flags.will': 'bool',
  'mqtt.connect.flags.username': 'bool',
  'mqtt.connect.flags.password': 'bool',
  'mqtt.connect.will.topic': 'string',
  'mqtt.connect.will.message': 'string',
  'mqtt.connack.session_present': 'bool',
  'mqtt.connack.return_code': 'int',
  'mqtt.publish.topic': 'string',
  'mqtt.connect.keepalive': 'int',
  'mqtt.type': 'string',
  'mqtt.flags': 'int',
  'mqtt.qos': 'int',
  'mqtt.packet.size': 'int',
  'mqtt.publish.retain': 'bool',
  'mqtt.publish.payload_size': 'int',
  'mqtt.publish.message': 'string',
  'mqtt.topic.levels': 'int',
  'mqtt.subscribe.topic': 'strings',
  'mqtt.subscribe.count': 'int',
  'mqtt.unsubscribe.topic': 'strings',
  'mqtt.user_properties': 'map',
  'mqtt.reason_code': 'int',
  'mqtt.disconnect.reason_code': 'int',
  'mqtt.connect.user_properties': 'int',
  'mqtt.connect.properties_size': 'int',
  'mqtt.levels': 'int',
  'mqtt.violations': 'strings'
} as const

/** Fields of one packet. */
export const messageFields = [
  'mqtt.type', 'mqtt.flags', 'mqtt.qos', 'mqtt.packet.size', 'mqtt.publish.topic', 'mqtt.publish.retain',
  'mqtt.publish.payload_size', 'mqtt.publish.message', 'mqtt.topic.levels', 'mqtt.subscribe.topic',
  'mqtt.subscribe.count', 'mqtt.unsubscribe.topic', 'mqtt.user_properties', 'mqtt.reason_code', 'mqtt.levels',
  'mqtt.violations'
] as const satisfies readonly (keyof typeof fields)[]

/** What security events show: names and topics, and neither user names, which may be tokens, nor payloads. */
export const security = {
  clientId: 'mqtt.connect.client_id',
  topic: 'mqtt.publish.topic',
  hidden: ['mqtt.connect.username', 'mqtt.connect.will.message', 'mqtt.publish.message']
} as const satisfies SecurityFields<keyof typeof fields>

/** The context of MQTT's handlers. */
export type MqttContext = Context<Session, Params, typeof fields>
