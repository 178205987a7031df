import { ExtensionError, type ExtensionErrorCode, type ExtensionIssue } from '../extension-error.ts'
import { hasSourceMap, sourceName } from '../source-comments.ts'

/** Codes of errors whose issues name parts of a declaration. */
const declared: ReadonlySet<unknown> = new Set<ExtensionErrorCode>([
  'extension-api',
  'extension-invalid',
  'extension-replies'
])

/** Returns true of an error whose issues name parts of a declaration. */
export const isOfDeclaration = (error: unknown): boolean =>
  declared.has((error as { readonly code?: unknown }).code)

/**
 * Returns an error about a declaration with the place of each part in the author's text, `name`.ts, where the text has
 * it. Any other error is returned as it is.
 */
export const placeIssues = async (error: unknown, text: string, name: string): Promise<unknown> => {
  const { code, issues } = error as { readonly code?: ExtensionErrorCode, readonly issues?: readonly ExtensionIssue[] }
  // The places of a text with a map are those of other files.
  if (!isOfDeclaration(error) || issues === undefined || hasSourceMap(text)) return error
  // A grammar, which only who makes a mistake needs.
  const { declaredAt } = await import('./declared-at.ts')
  const file = sourceName(text) ?? `${name}.ts`
  const placed = issues.map((issue): ExtensionIssue => {
    const place = issue.line === undefined ? declaredAt(text, issue.path) : undefined
    if (place === undefined) return issue
    const { path, message } = issue
    return { path, message: `${file}:${place.line}:${place.column}: ${path}: ${message}`, file, ...place }
  })
  const [first] = placed
  if (first?.line === undefined) return error
  const more = placed.length > 1 ? ` (and ${placed.length - 1} more)` : ''
  return new ExtensionError(code!, `${first.message}${more}`, {
    issues: placed,
    line: first.line,
    column: first.column,
    cause: error
  })
}
