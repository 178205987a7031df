import { defineProtocol, more, param, pipe, reject } from '@weirlb/sdk'
import { HANDSHAKE_RECORD, serverNameIn } from './client-hello.ts'
import { isName, plainName, routeIssues, routeOf } from './routes.ts'

/** Fatal alert `unrecognized_name` (RFC 8446 §6.2), which a client accepts as the first record. */
const UNRECOGNIZED_NAME = Uint8Array.of(21, 3, 1, 0, 2, 2, 112)
/** Fatal alert `decode_error`. */
const DECODE_ERROR = Uint8Array.of(21, 3, 1, 0, 2, 2, 50)

/**
 * TLS that is not terminated: the server name of the ClientHello selects the servers, and every byte goes on as it
 * came.
 */
export default defineProtocol({
  name: 'sni',
  api: 1,
  balance: 'per-connection',
  fields: { serverName: 'string' },
  params: {
    routes: param.list({ name: param.string({ default: '' }), via: param.string({ default: '' }) }, { max: 1024 }),
    others: param.oneOf(['pass', 'refuse'], { default: 'pass' })
  },
  checkParams: ({ routes }) => routeIssues(routes),

  client: {
    begins: [{ from: HANDSHAKE_RECORD, to: HANDSHAKE_RECORD }],
    onData (chunk, end, ctx) {
      const asked = serverNameIn(chunk)
      if (typeof asked === 'number') return end ? reject('the stream ends inside of the ClientHello') : more(asked)
      if (asked === undefined) return reject('no ClientHello of at most 16 KiB and 32 records', DECODE_ERROR)
      const name = plainName(asked)
      if (name !== '' && !isName(name)) return reject('the server name is no host name', UNRECOGNIZED_NAME)
      const via = routeOf(ctx.params.routes, name)
      if (via === undefined && ctx.params.others === 'refuse') {
        ctx.count('refused')
        return reject(name === '' ? 'no server name' : `no route for the server name ${name}`, UNRECOGNIZED_NAME)
      }
      if (name === '') return pipe({ via, then: 'tunnel' })
      ctx.set('serverName', name)
      return pipe({ token: name, session: name, via, then: 'tunnel' })
    }
  }
})
