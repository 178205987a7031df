import { encodeUtf8 } from '@weirlb/sdk'
import {
  type FunctionAnswer,
  type FunctionFault,
  type HeaderChanges,
  type HeaderPair,
  MAX_FUNCTION_HEADERS,
  MAX_FUNCTION_HEADER_TEXT
} from '@weirlb/sdk/abi'
import { AwayBody, Body } from './body.ts'
import { FunctionFailure } from './fault.ts'
import { Headers } from './headers.ts'
import type { Request } from './request.ts'
import { PoolResponse, Response } from './response.ts'

type Without<T> = T extends unknown ? Omit<T, 'logs' | 'failOpen'> : never
/** An answer without what is known of every request. */
export type Decided = Without<FunctionAnswer>

const noChanges: HeaderChanges = { set: [], remove: [] }
/** The request goes on as it is. */
export const passed: Decided = { op: 'allow', request: noChanges, response: noChanges }

/** The answer about what was thrown. */
export const failed = (error: unknown): Decided => {
  let text = 'something that cannot be shown'
  let fault: FunctionFault = 'threw'
  try {
    if (error instanceof FunctionFailure) fault = error.fault
    text = error instanceof Error ? String(error.stack ?? error.message) : `threw ${show(error)}`
  } catch { /* Of the author's making. */ }
  return { op: 'failed', fault, text: text.slice(0, 4096) }
}

/** A value as a message shows it. */
export const show = (value: unknown): string => {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object') return `${typeof value} ${String(value).slice(0, 100)}`
  return Array.isArray(value) ? 'a list' : `an object with ${Object.keys(value).slice(0, 5).join(', ') || 'no fields'}`
}

const latin1 = (bytes: Uint8Array): string => {
  let text = ''
  for (let i = 0; i < bytes.length; i += 4096)
    text += String.fromCharCode.apply(null, bytes.subarray(i, i + 4096) as unknown as number[])
  return text
}

const checked = (pairs: readonly HeaderPair[]): readonly HeaderPair[] => {
  const size = pairs.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  if (pairs.length <= MAX_FUNCTION_HEADERS && size <= MAX_FUNCTION_HEADER_TEXT) return pairs
  throw new FunctionFailure(
    'too-large',
    `more than ${MAX_FUNCTION_HEADERS} headers, or more than ${MAX_FUNCTION_HEADER_TEXT} characters of them`
  )
}

const responded = (
  status: number,
  headers: readonly HeaderPair[],
  body: Uint8Array | undefined,
  maxBody: number
): Decided => {
  if (body !== undefined && body.length > maxBody)
    throw new FunctionFailure('too-large', `the body has ${body.length} bytes; a response has at most ${maxBody}`)
  return { op: 'respond', status, headers: checked(headers), body: body === undefined ? '' : latin1(body) }
}

/** Changes of headers that turn some into others. */
const changesOf = (before: Headers, after: Headers): HeaderChanges => {
  if (before === after) return noChanges
  const [old, now] = [Headers.pairsOf(before), Headers.pairsOf(after)]
  const valuesOf = (pairs: readonly HeaderPair[], name: string): string =>
    JSON.stringify(pairs.flatMap(([each, value]) => each === name ? [value] : []))
  const changed = new Set(
    [...old, ...now].map(([name]) => name).filter(name => valuesOf(old, name) !== valuesOf(now, name))
  )
  return { set: checked(now.filter(([name]) => changed.has(name))), remove: [...changed] }
}

/** What a listener has responded with, in answer to this request. */
export const answerOfResponse = (response: unknown, request: Request, maxBody: number): Decided => {
  if (response instanceof PoolResponse) {
    const { changes, request: sent } = response
    checked(changes.set)
    if (sent.method !== request.method || Body.contentOf(sent) !== Body.contentOf(request)) {
      throw new FunctionFailure(
        'fetch',
        'fetch() sends the request on with other headers, and not with another method or body'
      )
    }
    return { op: 'allow', request: changesOf(request.headers, sent.headers), response: changes }
  }
  if (!(response instanceof Response))
    throw new FunctionFailure('no-response', `respondWith() got ${show(response)}; expected a Response`)
  const content = Body.contentOf(response)
  if (content instanceof AwayBody) throw new FunctionFailure('body', 'the body of the request cannot be the response')
  return responded(response.status, Headers.pairsOf(response.headers), content, maxBody)
}

/** Edits of headers as pairs and names. */
const edits = (given: unknown, what: string): HeaderChanges => {
  const headers = new Headers()
  const remove: string[] = []
  if (typeof given !== 'object' || given === null)
    throw new FunctionFailure('no-response', `${what}: expected headers by name, not ${show(given)}`)
  for (const [name, value] of Object.entries(given as Readonly<Record<string, unknown>>)) {
    const list = Array.isArray(value) ? value as unknown[] : [value]
    if (value === undefined)
      throw new FunctionFailure('no-response', `${what}: ${name} is undefined; null removes a header`)
    remove.push(Headers.pairsOf(new Headers([[name, '']]))[0]![0])
    if (value !== null) for (const each of list) headers.append(name, String(each))
  }
  return { set: checked(Headers.pairsOf(headers)), remove }
}

const KINDS = 'allow(), respond(), redirect()'

/** What `onRequest` has returned. */
export const answerOfDecision = (decision: unknown, maxBody: number): Decided => {
  if (typeof decision !== 'object' || decision === null)
    throw new FunctionFailure('no-response', `onRequest returned ${show(decision)}; there are: ${KINDS}`)
  const { decision: kind, headers, responseHeaders, status, body } = decision as Readonly<Record<string, unknown>>
  if (kind === 'allow')
    return {
      op: 'allow',
      request: edits(headers ?? {}, 'headers'),
      response: edits(responseHeaders ?? {}, 'responseHeaders')
    }
  if (kind !== 'respond')
    throw new FunctionFailure('no-response', `onRequest returned ${show(decision)}; there are: ${KINDS}`)
  if (!Number.isInteger(status) || (status as number) < 200 || (status as number) > 599)
    throw new FunctionFailure('no-response', `respond(): status ${show(status)}; expected 200 to 599`)
  const isText = typeof body === 'string'
  if (!isText && !(body instanceof Uint8Array))
    throw new FunctionFailure('no-response', `respond(): the body is ${show(body)}; expected text or bytes`)
  const pairs = edits(headers ?? {}, 'headers').set
  const typed = isText && body !== '' && !pairs.some(([name]) => name === 'content-type')
    ? [...pairs, ['content-type', 'text/plain; charset=utf-8'] as const]
    : pairs
  return responded(status as number, typed, isText ? encodeUtf8(body) : body, maxBody)
}
