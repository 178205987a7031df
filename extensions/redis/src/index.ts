import { defineProtocol, drop, forward, param, reject, type Keys, type Reason } from '@weirlb/sdk'
import { anywhere, keyRules, refusals } from './commands.ts'
import { answers, HEAD, requests } from './framing.ts'
import { hello, type State } from './hello.ts'
import { keyAt } from './keys.ts'
import { native } from './native.ts'
import { commonPlace } from './place.ts'
import { Refused } from './refused.ts'
import { error, OK } from './reply.ts'
import { readRequest, type Request } from './request.ts'

const NO_KEYS: Keys = {}
const firstArgument = keyAt(1)

/** Where a command goes. Refused when it cannot go to one server. */
const keysOf = (request: Request, unknown: string): Keys => {
  const { name } = request
  const rule = keyRules.get(name)
  if (rule !== undefined) return { token: commonPlace(rule(request)) }
  if (anywhere.has(name)) return NO_KEYS
  const why = refusals.get(name)
  if (why !== undefined) throw new Refused(`'${name.toLowerCase()}' is not taken here: ${why}`)
  if (unknown === 'refuse') throw new Refused(`unknown command '${name.toLowerCase()}': where its keys are is not known`)
  return { token: commonPlace(firstArgument(request)) }
}

/** The goodbye, if a request is unanswered. */
const lastWords: Partial<Record<Reason, string>> = {
  'no-service': 'no server can take this command',
  'dial-failed': 'the server of this key cannot be reached',
  'service-down': 'the server of this key went out of service',
  'protocol-error': 'Protocol error'
}

/**
 * Redis (RESP): every command is balanced by the hash tag of its key, and replies come in the order of the commands.
 * Commands that need more than one server are refused.
 */
export default defineProtocol({
  name: 'redis',
  api: 1,
  balance: 'per-message',
  replies: 'in-order',
  state: (): State => ({ version: 2 }),
  fields: { resp: 'int' },
  params: { unknownCommands: param.oneOf(['refuse', 'by-first-argument'], { default: 'refuse' }) },

  client: {
    framing: requests,
    peek: HEAD,
    onMessage: (message, ctx) => {
      try {
        const request = readRequest(message)
        if (request === undefined) return drop()
        ctx.count('commands')
        if (request.name === 'QUIT') return reject('the client has quit', OK)
        if (request.name === 'HELLO') {
          hello(request, ctx)
          return drop()
        }
        const answer = native.get(request.name)
        if (answer === undefined) return forward(keysOf(request, ctx.params.unknownCommands))
        ctx.reply(answer(request))
      } catch (failure) {
        if (!(failure instanceof Refused)) throw failure
        ctx.count('refused')
        ctx.reply(error(failure))
      }
      return drop()
    }
  },

  server: { framing: answers },

  goodbye: reason => {
    const message = lastWords[reason]
    return message === undefined ? undefined : error({ code: 'ERR', message })
  }
})
