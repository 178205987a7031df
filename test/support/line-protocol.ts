/**
 * The protocol most engine tests speak: lines, and the line says what its verdict is; some are none, so types are not
 * checked.
 */
export const lineProtocol = (more = ''): string => `// @ts-nocheck
import { defineProtocol, drop, encodeUtf8, forward, frame, Malformed, reject } from '@weirlb/sdk'

export default defineProtocol({
  name: 'lines',
  api: 1,
  balance: 'per-connection',
  state: () => ({ lines: 0 }),
  fields: { who: 'string', pin: 'secret' },
  client: {
    framing: frame.lines({ max: 1000 }),
    onMessage (message, ctx) {
      const [word = '', rest = ''] = message.text().trim().split(' ')
      ctx.state.lines++
      switch (word) {
        case 'hello': ctx.set('who', rest); ctx.set('pin', 'hunter2'); return forward({ token: rest, session: rest })
        case 'tunnel': return forward({ token: rest, session: rest, then: 'tunnel' })
        case 'pipe': return forward({ token: rest, session: rest, then: 'pipe' })
        case 'via': return forward({ via: rest })
        case 'drop': return drop()
        case 'replace': return forward({ bytes: encodeUtf8('<' + rest + '>\\n') })
        case 'reply': ctx.reply(encodeUtf8('reply ' + rest + '\\n')); return drop()
        case 'send': ctx.send(encodeUtf8('sent ' + rest + '\\n')); return forward()
        case 'idle': ctx.idleTimeout(Number(rest)); return forward()
        case 'count': ctx.count(rest); return forward()
        case 'reject': return reject('told to', encodeUtf8('no ' + rest + '\\n'))
        case 'throw': throw new Error('told to throw')
        case 'malformed': throw new Malformed('told to be malformed')
        case 'garbage': return { op: rest }
        case 'promise': return Promise.resolve(forward())
        case 'loop': for (;;) {}
        default: return forward()
      }
    }
  },
  goodbye: (reason, ctx) => encodeUtf8('goodbye ' + reason + ' after ' + ctx.state.lines + (ctx.answered ? ' answered' : '') + '\\n'),
  ${more}
})
`
/** The server side cut in lines, so that goodbyes know where they may stand, without a handler. */
export const SERVER_LINES = 'server: { framing: frame.lines({ max: 1000 }) },'
