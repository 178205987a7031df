import type { Extensions } from 'weirlb'

type Declaration = Awaited<ReturnType<Extensions['validate']>>

/** What every extension of a FakeWeir declares. */
export const declaration: Declaration = {
  name: 'lines',
  api: 1,
  balance: 'per-connection',
  replies: 'none',
  resend: undefined,
  startTls: false,
  serverTls: undefined,
  params: {
    greeting: { type: 'string', default: 'hi', oneOf: ['hi', 'ho'] },
    most: { type: 'int', default: 1, min: 0 }
  },
  fields: [{ name: 'user', type: 'string', message: false }] as Declaration['fields'],
  client: {
    kind: 'messages',
    begins: undefined,
    unasked: undefined,
    closes: undefined,
    framing: {
      kind: 'byFirstByte',
      cases: [{ from: 0, to: 9, use: { kind: 'fixed', size: 4 } }],
      otherwise: { kind: 'delimiter', bytes: [10], never: [], max: 100, atEnd: 'message' }
    },
    only: undefined,
    peek: undefined,
    keys: undefined,
    handler: true
  },
  server: undefined,
  hooks: { state: true, connect: false, goodbye: true, close: false, params: false, unanswered: false },
  websocket: { subprotocols: [], messages: 'binary' },
  probe: undefined
}
