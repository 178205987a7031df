import {
  decodeUtf8,
  defineProtocol,
  drop,
  forward,
  frame,
  Malformed,
  param,
  type Bytes,
  type Reader,
  type Reason
} from '@weirlb/sdk'
import { type Adu, BROADCAST, EXCEPTION, exceptions, exceptionTo, HEAD, LARGEST, readAdu } from './adu.ts'
import { isReading } from './functions.ts'
import { nameOf, Outstanding } from './outstanding.ts'

const framing = frame.length({ at: 4, size: 2, max: LARGEST })

/** What the requests without an answer are told when the connection ends. */
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

/** Returns the head of a reply, or undefined if it is none and so answers nothing. */
const readAnswer = (reader: Reader): Adu | undefined => {
  try {
    return readAdu(reader)
  } catch (failure) {
    if (failure instanceof Malformed) return undefined
    throw failure
  }
}

/**
 * Modbus TCP: every request is balanced by its unit identifier, so one connection reaches devices behind several
 * gateways. Replies are matched by transaction, unit and function (MODBUS Messaging on TCP/IP §4.2), so a missing one
 * delays no other.
 */
export default defineProtocol({
  name: 'modbus-tcp',
  api: 1,
  balance: 'per-message',
  replies: 'matched',
  params: { readOnly: param.boolean({ default: false }) },
  state: () => new Outstanding(),

  client: {
    framing,
    peek: HEAD,
    onMessage: (message, ctx) => {
      const request = readAdu(message.reader())
      ctx.count('requests')
      if (ctx.params.readOnly && !isReading(request.code)) {
        ctx.count('refused')
        ctx.reply(exceptionTo(request, exceptions.illegalFunction))
        return drop()
      }
      const unit = String(request.unit)
      if (request.unit === BROADCAST) return forward({ token: unit, session: unit })
      ctx.state.add(request)
      return forward({ token: unit, session: unit, match: nameOf(request) })
    }
  },

  server: {
    framing,
    peek: HEAD,
    onMessage: (message, ctx) => {
      const answer = readAnswer(message.reader())
      if (answer === undefined) {
        ctx.count('badAnswers')
        return drop()
      }
      if ((answer.code & EXCEPTION) !== 0) ctx.count('exceptions')
      // Nobody answers a broadcast, but devices that are servers themselves may go by this unit.
      if (answer.unit === BROADCAST) return forward()
      const name = nameOf(answer)
      if (ctx.state.take(name) === undefined) ctx.count('badAnswers')
      return forward({ match: name })
    }
  },

  onUnanswered: (match, _why, ctx) => {
    const request = ctx.state.take(decodeUtf8(match))
    if (request === undefined) return
    ctx.count('unanswered')
    ctx.reply(exceptionTo(request, exceptions.gatewayTargetFailedToRespond))
  },

  goodbye: (reason, ctx) => concat(ctx.state.lastWords(request => exceptionTo(request, lastException(reason))))
})
