import { WeirError } from '@weirlb/model'
import type { FastifyBodyParser, FastifyInstance, FastifyRequest } from 'fastify'
import { checkBodySize } from './body-size.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * A body parser for JSON in UTF-8 (RFC 8259 §8.1); an empty body is no body. Throws `body-invalid` with what is wrong
 * and where, `body-too-large` for more values than `maxValues` of the request. Fastify's own parser does the work: it
 * refuses keys such as `__proto__` that would reach an object's prototype in a merge.
 */
export const jsonBody = (
  app: FastifyInstance,
  maxValues: (request: FastifyRequest) => number
): FastifyBodyParser<Buffer> => {
  const parse = app.getDefaultJsonParser('error', 'error') as (
    request: unknown,
    body: string,
    done: (error: Error | null, value?: unknown) => void
  ) => void
  return (request, body, done) => {
    try { checkBodySize(body, maxValues(request)) } catch (error) { return done(error as WeirError) }
    const text = decode(body)
    if (text === undefined) return done(new WeirError('body-invalid', 'the body is not UTF-8'))
    if (text === '') return done(null, undefined)
    parse(
      request,
      text,
      (error, value) =>
        done(error === null ? null : new WeirError('body-invalid', whatIsWrong(text), { cause: error }), value)
    )
  }
}

const decode = (body: Buffer): string | undefined => {
  try {
    return utf8.decode(body)
  } catch {
    return undefined
  }
}

/**
 * Fastify's parser does not report the place; JSON.parse does. Text that JSON.parse accepts was refused for its keys.
 */
const whatIsWrong = (text: string): string => {
  try {
    JSON.parse(text)
  } catch (error) {
    return `the body is not JSON: ${(error as Error).message}`
  }
  return 'the body has a key __proto__ or constructor.prototype, which no object may have'
}
