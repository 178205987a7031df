import type { Context } from '@weirlb/sdk'
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
  'mqtt.connect.will.topic': 'string',
  'mqtt.connack.session_present': 'bool',
  'mqtt.connack.return_code': 'int',
  'mqtt.publish.topic': 'string',
  'mqtt.disconnect.reason_code': 'int'
} as const

/** The context of MQTT's handlers. */
export type MqttContext = Context<Session, Params, typeof fields>
