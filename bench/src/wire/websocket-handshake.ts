import { createHash } from 'node:crypto'

const ACCEPT = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** What a client's key is answered with (RFC 6455 §4.2.2). */
const acceptOf = (key: string): string => createHash('sha1').update(key + ACCEPT).digest('base64')

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const accept = acceptOf(KEY)

/** Ends the head of a request and of a response. */
export const HEAD_END = '\r\n\r\n'

/** The request that opens a WebSocket for MQTT. */
export const upgradeRequest: Buffer = Buffer.from(
  [
    'GET /mqtt HTTP/1.1',
    'Host: bench.example',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${KEY}`,
    'Sec-WebSocket-Protocol: mqtt'
  ].join('\r\n') + HEAD_END
)

/** A server's response to such a request, by the request's head. */
export const upgradeResponse = (request: string): string =>
  [
    'HTTP/1.1 101 Switching Protocols',
    'Connection: Upgrade',
    'Upgrade: websocket',
    `Sec-WebSocket-Accept: ${acceptOf(/^sec-websocket-key: *(\S+)/im.exec(request)?.[1] ?? '')}`,
    'Sec-WebSocket-Protocol: mqtt'
  ].join('\r\n') + HEAD_END

/** Whether the head of a response opens the WebSocket of `upgradeRequest`. */
export const isUpgraded = (response: string): boolean =>
  response.startsWith('HTTP/1.1 101 ') && response.includes(accept)
