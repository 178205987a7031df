import { WeirError, type ErrorCode, type Issue } from '@weirlb/model'

/**
 * What is wrong with a configuration in a file. Each issue has the file, and the line and column where they are known.
 */
export class DocumentFault extends WeirError {
  /** Files that the document depends on, as far as they are known, by absolute path. */
  readonly files: readonly string[]

  constructor (
    code: ErrorCode,
    message: string,
    { issues = [], files = [], retry = false }: {
      readonly issues?: readonly Issue[]
      readonly files?: readonly string[]
      readonly retry?: boolean
    } = {}
  ) {
    super(code, message, { issues, retry })
    this.files = files
  }
}

/** `weir.yaml:4:11`, with as much of it as is known. */
export const placeText = (file: string, line: number | undefined, column: number | undefined): string =>
  `${file}${line === undefined ? '' : `:${line}`}${line === undefined || column === undefined ? '' : `:${column}`}`

/** Returns an issue as text: `weir.yaml:4:11: services[0].port: must be at most 65535; got 99999`. */
export const faultText = ({ path, message, file, line, column }: Issue): string =>
  `${file === undefined ? '' : `${placeText(file, line, column)}: `}${path === '' ? '' : `${path}: `}${message}`

/** Returns the first issue as text, and how many more there are. */
export const summaryOf = (issues: readonly Issue[]): string => `${faultText(issues[0]!)}${moreText(issues)}`

/** ` (and 3 more)`, or nothing. */
export const moreText = (issues: readonly Issue[]): string =>
  issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''
