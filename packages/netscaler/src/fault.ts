import { WeirError, type ErrorCode } from '@weirlb/model'

/** A place in the text of commands, both from 1. */
export interface Place { readonly line: number, readonly column: number }

/** Returns the error of a command: its issue has the line and the column, its message begins with the line. */
export const fault = (
  { line, column }: Place,
  message: string,
  { code = 'command-invalid', cause, retry = false }: {
    readonly code?: ErrorCode
    readonly cause?: unknown
    readonly retry?: boolean
  } = {}
): WeirError =>
  new WeirError(code, `line ${line}: ${message}`, {
    cause,
    retry,
    issues: [{ path: 'commands', message, line, column }]
  })
