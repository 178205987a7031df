import { defineProtocol, drop, forward, frame, param, reject, type Bytes, type Reason } from '@weirlb/sdk'
import { EXCEPTION, exceptions, exceptionTo, LARGEST, readAdu } from './adu.ts'
import { isReading } from './functions.ts'
import { Outstanding } from './outstanding.ts'

const framing = frame.length({ at: 4, size: 2, max: LARGEST })

/** Returns the exception for unanswered requests when the connection ends. */
const lastException = (reason: Reason): number => {
  switch (reason) {
    case 'no-service':
    case 'dial-failed': return exceptions.gatewayPathUnavailable
    case 'service-down': return exceptions.gatewayTargetFailedToRespond
    default: return exceptions.serverDeviceBusy
  }
}

const concat = (parts: readonly Bytes[]): Bytes => {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/**
 * Modbus TCP: every request is balanced by its unit identifier, so one connection reaches devices behind several
 * gateways. Replies of several gateways come in the order of the requests.
 */
export default defineProtocol({
  name: 'modbus-tcp',
  api: 1,
  balance: 'per-message',
  replies: 'in-order',
  params: { readOnly: param.boolean({ default: false }) },
  state: () => new Outstanding(),

  client: {
    framing,
    peek: 8,
    onMessage: (message, ctx) => {
      const request = readAdu(message.reader())
      ctx.count('requests')
      if (ctx.params.readOnly && !isReading(request.code)) {
        ctx.count('refused')
        const exception = exceptionTo(request, exceptions.illegalFunction)
        ctx.state.refuse(request, exception)
        ctx.reply(exception)
        return drop()
      }
      ctx.state.add(request)
      const unit = String(request.unit)
      return forward({ token: unit, session: unit })
    }
  },

  server: {
    framing,
    // Whole: it may have to be sent with the goodbye.
    onMessage: (message, ctx) => {
      const answer = readAdu(message.reader())
      if (!ctx.state.take(answer, message.bytes)) return reject(`an answer of unit ${answer.unit} to transaction ${answer.transaction}, which is not outstanding`)
      if ((answer.code & EXCEPTION) !== 0) ctx.count('exceptions')
      return forward()
    }
  },

  goodbye: (reason, ctx) => concat(ctx.state.lastWords(request => exceptionTo(request, lastException(reason))))
})
