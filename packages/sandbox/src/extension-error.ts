import type { DeclarationIssue } from '@weirlb/sdk/abi'

/** Codes of what can be wrong with an extension, or with the process that should run it. */
export type ExtensionErrorCode =
  | 'extension-compile'
  | 'extension-types'
  | 'extension-unchecked'
  | 'extension-checks-waiting'
  | 'extension-import'
  | 'extension-no-default'
  | 'extension-api'
  | 'extension-invalid'
  | 'extension-replies'
  | 'extension-load'
  | 'function-invalid'
  | 'runtime-unavailable'

/** One fault, with its place in the author's code where it has one. */
export interface ExtensionIssue extends DeclarationIssue {
  readonly file?: string
  readonly line?: number
  readonly column?: number
}

/** Why an extension cannot be bundled or loaded. Recognise by `code`. */
export class ExtensionError extends Error {
  override readonly name = 'ExtensionError'
  readonly code: ExtensionErrorCode
  readonly issues: readonly ExtensionIssue[]
  /** Line in the author's source, from 1, if known. */
  readonly line: number | undefined
  /** From 1. */
  readonly column: number | undefined
  /** True when the same call may succeed later. */
  readonly retry: boolean

  constructor (code: ExtensionErrorCode, message: string, options: {
    issues?: readonly ExtensionIssue[]
    line?: number | undefined
    column?: number | undefined
    retry?: boolean
    cause?: unknown
  } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.issues = options.issues ?? []
    this.line = options.line
    this.column = options.column
    this.retry = options.retry ?? false
  }
}
