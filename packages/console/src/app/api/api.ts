import { ApiError, WeirClient, type Input, type OperationName, type Output } from '@weirlb/admin/client'
import { apiUrl } from './address.ts'
import { noteServerDate } from './clock.ts'
import { askForToken, token } from './sign-in.ts'

/** Nobody answers: the server restarts, or the network is gone. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
  constructor (cause: unknown) {
    super('Weir does not answer. It may be restarting, or the network is gone.', { cause })
  }
}

/** Codes of a request without a valid token. */
const asksForToken = (error: unknown): error is ApiError => error instanceof ApiError && error.status === 401

/** `fetch`, which notes what time the server has. */
const timedFetch: typeof fetch = async (...input) => {
  const response = await fetch(...input)
  noteServerDate(response.headers.get('date'))
  return response
}

/** Returns a client of the API with a token, or without one. */
export const clientWith = (bearer: string | undefined): WeirClient =>
  new WeirClient({ url: apiUrl, token: bearer, fetch: timedFetch })

/**
 * Call an operation of the API. A 401 asks for a token, and calls again when there is one: the caller only waits
 * longer, and loses nothing. Rejects with ApiError, whose `problem` has the API's words, or with Unreachable.
 */
export const call = async <O extends OperationName>(
  operation: O,
  ...input: Record<never, never> extends Input<O> ? [input?: Input<O>] : [input: Input<O>]
): Promise<Output<O>> => {
  for (;;) {
    const used = token.value
    try {
      return await clientWith(used).call(operation, ...input)
    } catch (error) {
      if (!(error instanceof ApiError)) throw new Unreachable(error)
      if (!asksForToken(error)) throw error
      await askForToken(wordsOf(error), used)
    }
  }
}

/** What to tell the user of an error: the API's own words. */
export const wordsOf = (error: unknown): string => {
  if (error instanceof ApiError) return error.problem?.detail ?? `${error.message}.`
  return error instanceof Error ? error.message : String(error)
}

/** The API's words about each field that it refused, by the path of the field: `limits.heapMb`. */
export const fieldErrors = (error: unknown): ReadonlyMap<string, string> =>
  new Map(error instanceof ApiError ? (error.problem?.issues ?? []).map(({ path, message }) => [path, message]) : [])

/** True for a write to something that somebody else has changed since it was loaded (RFC 9110 §15.5.13). */
export const isStale = (error: unknown): boolean => error instanceof ApiError && error.status === 412
