import { defineProtocol, drop, forward, type Reason } from '@weirlb/sdk'
import { answer, breakTransaction } from './answer.ts'
import { withOneKey } from './commands.ts'
import { answers, HEAD, requests } from './framing.ts'
import { parameters } from './parameters.ts'
import { Refused } from './refused.ts'
import { command, error } from './reply.ts'
import { readRequest, type Request } from './request.ts'
import { ERROR, ERROR_HEAD, refusalIn } from './server-refusal.ts'
import { newState } from './state.ts'

/** First byte of what a server sends unasked (RESP3). */
const PUSH = 0x3e

/** The goodbye, if a request is unanswered. */
const lastWords: Partial<Record<Reason, string>> = {
  'no-service': 'no server can take this command',
  'dial-failed': 'the server of this key cannot be reached',
  'service-down': 'the server of this key went out of service',
  'protocol-error': 'Protocol error',
  'rate-limit': 'too many commands; try again later'
}

/**
 * Redis (RESP): every command is balanced by the hash tag of its key, and replies come in the order of the commands.
 * A transaction goes to the one server of its keys. Commands that need more than one server are refused.
 */
export default defineProtocol({
  name: 'redis',
  api: 1,
  balance: 'per-message',
  replies: 'in-order',
  state: newState,
  fields: { resp: 'int' },
  params: parameters,

  client: {
    framing: requests,
    peek: HEAD,
    // Nearly all commands; `answer` would do the same with them.
    keys: { commands: withOneKey, hashTag: '{}', count: 'commands' },
    onMessage: (message, ctx) => {
      let request: Request | undefined
      try {
        request = readRequest(message)
        if (request === undefined) return drop()
        ctx.count('commands')
        return answer(request, message, ctx)
      } catch (failure) {
        if (!(failure instanceof Refused)) throw failure
        if (request !== undefined) breakTransaction(request, ctx.state)
        ctx.count('refused')
        ctx.reply(error(failure))
      }
      return drop()
    }
  },

  server: {
    framing: answers,
    unasked: [{ from: PUSH, to: PUSH }],
    // Of the replies only errors enter the sandbox.
    only: { at: 0, mask: 0xff, in: [PUSH, ERROR] },
    peek: { cases: [{ from: ERROR, to: ERROR, bytes: ERROR_HEAD }], otherwise: 1 },
    onMessage: ({ bytes }, ctx) => {
      if (bytes[0] === PUSH) return forward({ replies: 0 })
      const refusal = refusalIn(bytes)
      if (refusal !== undefined) ctx.serverRefused(refusal)
      return forward()
    }
  },

  // A server that wants a password, or lets this client do nothing, serves its own clients.
  probe: {
    send: () => command('PING'),
    judge: ({ bytes }) => {
      const refusal = refusalIn(bytes)
      return refusal === undefined ? 'up' : { down: refusal }
    }
  },

  goodbye: reason => {
    const message = lastWords[reason]
    return message === undefined ? undefined : error({ code: 'ERR', message })
  }
})
