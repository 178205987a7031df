import { errorCodes, WeirError, type ErrorCode, type Issue } from '@weirlb/model'

/**
 * Any error as a WeirError: those that carry one of our codes (the sandbox has a class of its own) keep code, message,
 * issues and `retry`.
 */
export const asWeirError = (error: unknown, otherwise: ErrorCode = 'internal'): WeirError => {
  if (error instanceof WeirError) return error
  const { code, message, issues, retry } = error as {
    code?: unknown
    message?: unknown
    issues?: unknown
    retry?: unknown
  }
  const known = typeof code === 'string' && Object.hasOwn(errorCodes, code)
  return new WeirError(known ? code as ErrorCode : otherwise, typeof message === 'string' ? message : String(error), {
    cause: error,
    retry: known && retry === true,
    issues: known && Array.isArray(issues) ? issues as Issue[] : []
  })
}
