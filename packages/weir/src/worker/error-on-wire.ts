import { WeirError } from '@weirlb/model'
import { asWeirError } from '../as-weir-error.ts'
import type { ErrorOnWire } from './messages.ts'

/** An error as it travels between processes. */
export const toWire = (error: unknown): ErrorOnWire => {
  const { code, message, issues, retry } = asWeirError(error, 'apply-failed')
  return {
    code,
    message,
    issues: issues.map(({ path, message, file, line, column }) => ({ path, message, file, line, column })),
    retry
  }
}

/** The error that another process sent. */
export const fromWire = ({ code, message, issues, retry }: ErrorOnWire): WeirError =>
  new WeirError(code, message, { issues, retry })
