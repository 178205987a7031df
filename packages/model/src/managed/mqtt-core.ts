import type { ManagedGroup } from './group.ts'

/** A finding of the MQTT extension, which alone sees the bytes of a packet. */
const found = (id: string): string => `any(mqtt.violations[*] eq "${id}")`

/** Checks of MQTT clients. */
export const mqttCore: ManagedGroup = {
  text: 'What a client of MQTT may not send, and what has harmed brokers.',
  challenges: false,
  rules: [
    {
      id: 'M001',
      text: 'CONNECT of more than 100,000 bytes. A first packet that is no CONNECT is refused in every mode.',
      floodControl: 'D014',
      source: 'CVE-2023-0809; mosquitto 2.1 packet_max_connect; MQTT-3.1.0-1',
      shipped: 'block',
      expression: 'mqtt.type eq "CONNECT" and mqtt.packet.size gt 100000'
    },
    { id: 'M002', text: 'A second CONNECT.', source: 'MQTT-3.1.0-2', shipped: 'block', expression: found('M002') },
    {
      id: 'M003',
      text: 'Reserved type or flags, a length in more bytes than it needs, or a packet whose fields do not fit it. A length of more than four bytes is refused in every mode.',
      source: 'MQTT-2.1.3-1, MQTT-1.5.5-1',
      shipped: 'block',
      expression: found('M003')
    },
    {
      id: 'M004',
      text: 'A string that is no UTF-8, or has U+0000 or a surrogate.',
      source: 'MQTT-1.5.4-1, MQTT-1.5.4-2',
      shipped: 'block',
      expression: found('M004')
    },
    {
      id: 'M004C',
      text: 'A string with control characters.',
      source: 'MQTT 5 §1.5.4',
      shipped: 'simulate',
      expression: found('M004C')
    },
    {
      id: 'M005',
      text: 'PUBLISH with an empty topic and no topic alias.',
      source: 'CVE-2021-34432; MQTT-4.7.3-1',
      shipped: 'block',
      expression: found('M005')
    },
    {
      id: 'M006',
      text: 'A wildcard in the topic of a PUBLISH or a will, or a misplaced one in a filter.',
      source: 'MQTT-3.3.2-2, MQTT-4.7.1-1, MQTT-4.7.1-2',
      shipped: 'block',
      expression: found('M006')
    },
    {
      id: 'M007',
      text: 'A topic or filter of more than 128 levels.',
      floodControl: 'D016',
      source: 'CVE-2019-11779',
      shipped: 'block',
      expression: 'mqtt.levels gt 128'
    },
    {
      id: 'M008',
      text: 'A subscription of everything, of `$SYS/#`, or of `$CONTROL`, also as a shared one.',
      floodControl: 'D016',
      source: 'mosquitto 2.0.16, $CONTROL',
      shipped: 'simulate',
      expression: found('M008')
    },
    {
      id: 'M009',
      text: 'A will to a topic that begins with `$`, or with properties that no will has.',
      floodControl: 'D019',
      source: 'CVE-2023-3592; MQTT 5 §3.1.3.2',
      shipped: 'block',
      expression: `${found('M009')} or (mqtt.type eq "CONNECT" and starts_with(mqtt.connect.will.topic, "$"))`
    },
    {
      id: 'M010',
      text: 'CONNECT with more than 32 user properties, or more than 8,192 bytes of properties.',
      floodControl: 'D020',
      source: 'CVE-2021-34431',
      shipped: 'block',
      expression: 'mqtt.connect.user_properties gt 32 or mqtt.connect.properties_size gt 8192'
    },
    {
      id: 'M011',
      text: 'PUBLISH of QoS 2 with the packet identifier of one that was not released.',
      floodControl: 'D018',
      source: 'CVE-2023-28366; MQTT-2.2.1-3',
      shipped: 'block',
      expression: found('M011')
    },
    {
      id: 'M012',
      text: 'DUP with QoS 0, QoS 3, or packet identifier 0.',
      source: 'MQTT-3.3.1-2, MQTT-3.3.1-4, MQTT-2.2.1-3',
      shipped: 'block',
      expression: found('M012')
    },
    {
      id: 'M013',
      text: 'CONNECT without a keep-alive, or with one of more than 1,200 seconds.',
      source: 'CVE-2020-13849 (SlowITe)',
      shipped: 'simulate',
      expression: 'mqtt.connect.keepalive eq 0 or mqtt.connect.keepalive gt 1200'
    },
    {
      id: 'M014',
      text: 'A client ID of more than 256 bytes, with `../`, or with control characters.',
      source: 'Good practice: client IDs become names of files and keys of logs',
      shipped: 'simulate',
      expression: 'len(mqtt.connect.client_id) gt 256 or mqtt.connect.client_id contains "../" or mqtt.connect.client_id matches "[\\x00-\\x1f\\x7f]"'
    },
    {
      id: 'M015',
      text: 'Topic alias 0 or above the server\'s maximum, or more unacknowledged messages than the server receives at a time.',
      floodControl: 'D018',
      source: 'MQTT-3.3.2-8, MQTT-3.3.2-9, MQTT-3.3.4-9',
      shipped: 'block',
      expression: found('M015')
    },
    {
      id: 'M016',
      text: 'A packet behind DISCONNECT, or AUTH of a client whose CONNECT had no authentication method.',
      source: 'MQTT-3.14.4-2, MQTT-4.12.0-6',
      shipped: 'block',
      expression: found('M016')
    }
  ]
}
