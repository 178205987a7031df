const source = (then: string, server: string): string => `
  import { defineProtocol, forward, frame, MiB } from '@weirlb/sdk'
  export default defineProtocol({
    name: 'bench', api: 1, balance: 'per-connection', websocket: { subprotocols: ['mqtt'] },
    client: {
      framing: frame.varint({ at: 1, max: 2 * MiB }), peek: 1024,
      onMessage (message) {
        const r = message.reader()
        if (r.u8() >> 4 !== 1) return forward()
        r.uleb128()
        r.skip(10)
        const id = r.bytes16()
        return forward({ token: id, session: id${then} })
      }
    },
    server: { framing: frame.varint({ at: 1, max: 2 * MiB })${server} },
    goodbye: () => undefined
  })`

/** A protocol that reads the client ID of the CONNECT and then leaves the connection alone. */
export const tunnellingProtocol: string = source(", then: 'tunnel'", '')

/** One that has every message of both directions come into the sandbox, as much of it as a topic fits in. */
export const inspectingProtocol: string = source('', ', peek: 1024, onMessage: () => forward()')

/**
 * One that balances every message by itself, replies in order; without a handler, so that nothing enters the sandbox.
 */
export const perMessageProtocol: string = `
  import { defineProtocol, frame, MiB } from '@weirlb/sdk'
  const framing = frame.varint({ at: 1, max: 2 * MiB })
  export default defineProtocol({ name: 'bench', api: 1, balance: 'per-message', replies: 'in-order', client: { framing }, server: { framing } })`
