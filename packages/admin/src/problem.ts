import { errorCodes, WeirError, type ErrorCode, type Issue } from '@weirlb/model'

/** An error as the API returns it: RFC 9457 with Weir's own members. */
export interface Problem {
  /** Path of the page about the code, on this API. */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
  readonly source: string
  readonly retry: boolean
  readonly issues: readonly Issue[]
}

/** The problem that a WeirError is to a client of the API mounted at `base`. */
export const toProblem = (error: WeirError, base: string): Problem => ({
  type: `${base}/v1/errors/${error.code}`,
  title: errorCodes[error.code].doc,
  status: error.status,
  detail: error.message,
  code: error.code,
  source: error.source,
  retry: error.retry,
  issues: error.issues
})

const isErrorCode = (code: unknown): code is ErrorCode => typeof code === 'string' && Object.hasOwn(errorCodes, code)

/** By code, not by class: another copy of the model may have made it. */
const isWeirError = (error: object): error is WeirError =>
  'code' in error && isErrorCode(error.code) && 'issues' in error

/** Weir's codes for Fastify's own refusals. */
const fastifyCodes: Readonly<Record<number, ErrorCode>> = {
  400: 'body-invalid',
  404: 'not-found',
  413: 'body-too-large',
  415: 'media-type-unsupported'
}

/**
 * Returns the WeirError for an exception, or undefined for a refusal of the embedding program (a hook of its own),
 * which words it itself. An unknown exception becomes `internal`, and its text is not sent to the client.
 */
export const toWeirError = (thrown: unknown): WeirError | undefined => {
  if (typeof thrown === 'object' && thrown !== null) {
    if (isWeirError(thrown)) return thrown
    const { code, statusCode, message } = thrown as { code?: unknown, statusCode?: unknown, message?: unknown }
    if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
      const known = typeof code === 'string' && code.startsWith('FST_ERR_') ? fastifyCodes[statusCode] : undefined
      return known === undefined ? undefined : new WeirError(known, String(message), { cause: thrown })
    }
  }
  return new WeirError('internal', 'a fault in Weir itself; its log has the details', { cause: thrown })
}
