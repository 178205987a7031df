import { checkDeclaration, type Declaration } from '@weirlb/sdk/abi'
import { ExtensionError } from '../extension-error.ts'

/** Longest declaration, as JSON, in characters. */
export const MAX_DECLARATION = 1024 * 1024

/**
 * The declaration in what a guest described; throws an ExtensionError (extension-no-default, extension-api,
 * extension-invalid) whose message is the first issue.
 */
export const readDeclaration = (described: unknown): Declaration => {
  const json = typeof described === 'string' && described.length <= MAX_DECLARATION ? described : 'null'
  const checked = checkDeclaration(json)
  if (checked.ok) return checked.declaration
  const first = checked.issues[0]!
  const more = checked.issues.length > 1 ? ` (and ${checked.issues.length - 1} more)` : ''
  throw new ExtensionError(checked.code, `${first.path === '' ? '' : `${first.path}: `}${first.message}${more}`, {
    issues: checked.issues
  })
}
