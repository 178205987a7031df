import type { WebSocketDeclaration } from './declaration.ts'
import { shown, type Issues } from './issues.ts'

const MAX_SUBPROTOCOLS = 16
/** A token (RFC 9110 §5.6.2), as Sec-WebSocket-Protocol has it. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/

/** Read what a protocol is on WebSockets. */
export const checkWebSocket = (issues: Issues, value: unknown): WebSocketDeclaration => {
  if (value === undefined) return { subprotocols: [], messages: 'binary' }
  const { subprotocols = [], messages = 'binary' } = issues.record('websocket', value, ['subprotocols', 'messages'])
  return {
    subprotocols: checkNames(issues, subprotocols),
    messages: issues.oneOf('websocket.messages', messages, ['binary', 'text', 'both'])
  }
}

const checkNames = (issues: Issues, value: unknown): string[] => {
  if (!Array.isArray(value) || value.length > MAX_SUBPROTOCOLS) {
    issues.add('websocket.subprotocols', `expected a list of at most ${MAX_SUBPROTOCOLS} names, got ${shown(value)}`)
    return []
  }
  return value.map((name, i) => {
    if (value.indexOf(name) !== i) issues.add(`websocket.subprotocols[${i}]`, `${shown(name)} stands there twice`)
    return issues.match(`websocket.subprotocols[${i}]`, name, TOKEN, 'the name of a sub-protocol, such as "mqtt"')
  })
}
