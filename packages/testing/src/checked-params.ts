import { checkParams, type DeclarationIssue, type Guest, type ParamValue } from '@weirlb/sdk/abi'
import { Batch } from './batch.ts'
import { runAtOnce } from './run-at-once.ts'

type Params = Readonly<Record<string, ParamValue>>

const refused = (issues: readonly DeclarationIssue[]): TypeError =>
  new TypeError(issues.map(({ path, message }) => `params.${path}: ${message}`).join('; '))

/**
 * Parameters with their defaults, checked as Weir does when they are given: by the declaration, and by the author's
 * `checkParams`. Throws a TypeError that names what is wrong.
 */
export const checkedParams = (guest: Guest, given: Params = {}): Params => {
  const checked = checkParams(guest.declaration, given)
  if (!checked.ok) throw refused(checked.issues)
  if (guest.declaration.hooks.params) askAuthor(guest, checked.params)
  return checked.params
}

const askAuthor = (guest: Guest, params: Params): void => {
  const batch = new Batch(guest.memory).checkParams(params)
  const end = runAtOnce(guest, batch)
  if (end.failure !== undefined) throw new TypeError(`checkParams failed: ${end.failure.message}`)
  const { op, text, bytes } = batch.answer(0)
  if (op !== 'forward') throw new TypeError(`checkParams failed: ${text}`)
  const issues = JSON.parse(String(bytes)) as readonly DeclarationIssue[]
  if (issues.length > 0) throw refused(issues)
}
