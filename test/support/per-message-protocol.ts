/**
 * A protocol of lines whose every line is balanced by itself. The first word says what becomes of it, or which key it
 * has.
 */
export const perMessageProtocol = (replies: string, more = ''): string => `// @ts-nocheck
import { defineProtocol, drop, encodeUtf8, forward, frame, Malformed, reject } from '@weirlb/sdk'

export default defineProtocol({
  name: 'each', api: 1, balance: 'per-message', replies: '${replies}',
  client: {
    framing: frame.lines({ max: 1_000_000 }),
    peek: 64,
    onMessage (message, ctx) {
      const [word = '', rest = ''] = message.text().trim().split(' ')
      switch (word) {
        case 'token': return forward({ token: rest })
        case 'session': return forward({ session: rest })
        case 'via': return forward({ via: rest })
        case 'drop': return drop()
        case 'own': ctx.reply(encodeUtf8('own ' + rest + '\\n')); return drop()
        case 'replace': return forward({ bytes: encodeUtf8('<' + rest + '>\\n') })
        case 'silent': return forward({ replies: 0 })
        case 'twice': return forward({ replies: 2 })
        case 'reject': return reject('told to', encodeUtf8('no ' + rest + '\\n'))
        case 'malformed': throw new Malformed('told to')
        case 'throw': throw new Error('told to throw')
        case 'tunnel': return forward({ then: 'tunnel' })
        case 'send': ctx.send(encodeUtf8('sent\\n')); return drop()
        default: return forward()
      }
    }
  },
  goodbye: (reason) => encodeUtf8('goodbye ' + reason + '\\n'),
  ${more}
})
`
/** The same without a handler: nothing ever enters the sandbox. */
export const silentProtocol = (replies: string, more = ''): string => `
import { defineProtocol, frame } from '@weirlb/sdk'
export default defineProtocol({ name: 'each', api: 1, balance: 'per-message', replies: '${replies}', client: { framing: frame.lines({ max: 1_000_000 }) }, ${more} })
`
/** The servers' side in lines, without a handler. */
export const SERVER_LINES = 'server: { framing: frame.lines({ max: 1_000_000 }) },'
