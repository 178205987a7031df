/** A protocol whose lines say what the handler shall do, so that a test can ask for every event, verdict and effect. */
export const commands = `
import { defineProtocol, drop, forward, frame, Malformed, param, reject, encodeUtf8 } from '@weirlb/sdk'

const bytes = (...all: number[]) => Uint8Array.from(all)

export default defineProtocol({
  name: 'commands',
  api: 1,
  balance: 'per-connection',
  params: { greeting: param.string({ default: 'hello' }), limit: param.int({ default: 3, min: 1 }) },
  fields: { 'commands.id': 'string', 'commands.n': 'int', 'commands.ok': 'bool' },
  state: () => ({ seen: 0 }),
  onConnect (ctx) {
    if (ctx.client.address === '127.0.0.9') return reject('not from there', bytes(9))
    if (ctx.client.address === '127.0.0.8') throw new Error('onConnect failed')
    ctx.log('debug', ctx.vserver + ' ' + ctx.client.address + ' ' + ctx.client.port)
    return undefined
  },
  client: {
    framing: frame.lines({ max: 65536 }),
    peek: 4096,
    onMessage (message, ctx) {
      ctx.state.seen++
      const [word, rest = ''] = message.text().split(' ')
      switch (word) {
        case 'forward': return forward()
        case 'keys': return forward({ token: 't' + rest, session: bytes(0, 255), via: 'other' })
        case 'empty': return forward({ token: '', session: '' })
        case 'pipe': return forward({ then: 'pipe' })
        case 'tunnel': return forward({ token: rest, then: 'tunnel' })
        case 'replace': return forward({ bytes: bytes(1, 2, 3) })
        case 'longer': return forward({ bytes: new Uint8Array(message.bytes.length + Number(rest.trim())) })
        case 'one-key': { const key = new Uint8Array(Number(rest.trim())); return forward({ token: key, session: key }) }
        case 'drop': return drop()
        case 'drop-part': return drop(5)
        case 'reject': return reject('because ' + rest, bytes(7))
        case 'malformed': throw new Malformed('bad line')
        case 'throw': throw new Error('asked for')
        case 'throw-late': ctx.reply(bytes(1)); throw new TypeError('after an effect')
        case 'short': message.reader().skip(1000); return drop()
        case 'length': return forward({ token: message.bytes.length + ' of ' + message.length })
        case 'seen': return forward({ token: String(ctx.state.seen) })
        case 'params': return forward({ token: ctx.params.greeting + ctx.params.limit })
        case 'answered': return forward({ token: String(ctx.answered) })
        case 'big': ctx.reply(new Uint8Array(Number(rest))); return forward()
        case 'throw-counting': ctx.count('hits'); ctx.count('never'); throw new Error('asked for')
        case 'count': ctx.count('much', Number(rest)); return forward()
        case 'names': for (let i = 0; i < Number(rest); i++) ctx.count('name ' + ctx.state.seen + ' ' + i); return forward()
        case 'effects':
          ctx.reply(bytes(1, 2))
          ctx.send(bytes(3))
          ctx.pin('key')
          ctx.idleTimeout(1.5)
          ctx.set('commands.id', 'é')
          ctx.set('commands.n', 5)
          ctx.set('commands.ok', true)
          ctx.count('hits')
          ctx.count('bytes', 10)
          ctx.log('info', 'text')
          return forward()
        default: return reject('unknown command ' + word)
      }
    }
  },
  server: {
    framing: frame.lines({ max: 1024 }),
    onMessage: message => forward({ token: 'server ' + message.text() })
  },
  goodbye: (reason, ctx) => reason === 'idle' ? undefined : encodeUtf8(reason + ' ' + ctx.answered + ' ' + ctx.state.seen),
  onClose (why, ctx) { ctx.log('warn', 'closed: ' + why); ctx.count('closed', ctx.state.seen) }
})
`
