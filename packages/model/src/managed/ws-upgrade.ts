import type { ManagedGroup } from './group.ts'

/** Checks of requests that open a WebSocket. Expressions begin with `ws.upgrade`, so that other requests pass them. */
export const wsUpgrade: ManagedGroup = {
  text: 'What the request that opens a WebSocket may not be.',
  challenges: true,
  rules: [
    {
      id: 'W001',
      text: 'No Host header, or more than one.',
      source: 'RFC 9112 §3.2',
      shipped: 'block',
      expression: undefined,
      fixed: true
    },
    {
      id: 'W002',
      text: 'Sec-WebSocket-Version other than 13.',
      source: 'RFC 6455 §4.2.1',
      shipped: 'block',
      expression: 'ws.upgrade and not http.request.headers["sec-websocket-version"][0] eq "13"'
    },
    {
      id: 'W003',
      text: 'A Sec-WebSocket-Key that is not 16 bytes in base64.',
      source: 'RFC 6455 §4.2.1',
      shipped: 'block',
      expression:
        'ws.upgrade and not http.request.headers["sec-websocket-key"][0] matches "^[A-Za-z0-9+/]{21}[AQgw]==$"'
    },
    {
      id: 'W004',
      text: 'More than 64 headers, or more than 8,192 bytes of them.',
      source: 'RFC 9110 §5.4',
      shipped: 'block',
      expression: 'ws.upgrade and (http.request.headers.count gt 64 or http.request.headers.size gt 8192)'
    },
    {
      id: 'W005',
      text: 'An Origin that is not among `origins`.',
      source: 'RFC 6455 §10.2',
      shipped: 'block',
      expression: undefined
    },
    {
      id: 'W006',
      text: 'No sub-protocol of MQTT is offered.',
      source: 'MQTT-6.0.0-3',
      shipped: 'simulate',
      expression: 'ws.upgrade and not any(ws.subprotocols[*] in {"mqtt" "mqttv3.1"})'
    },
    {
      id: 'W007',
      text: 'Transfer-Encoding, or a body, which an upgrade has not.',
      source: 'RFC 9112 §11.2 (request smuggling)',
      shipped: 'block',
      expression: undefined,
      fixed: true
    }
  ]
}
