import { lookUp, WeirError, type Config, type EdgeFunction, type Extension } from '@weirlb/model'
import { find, put } from './entities.ts'
import type { Histories } from '../storage/extension-history.ts'
import { functionHistory } from './extension-history.ts'
import { canaryRuns } from './input-forms.ts'

/**
 * The extension with the code that ran before. Throws `canary-running` while it has a canary, and `version-absent` when
 * there is no version before.
 */
export const rolledBack = (present: Extension, histories: Histories): Extension => {
  const { name } = present
  if (present.canary !== undefined) throw canaryRuns(name)
  const { previous: [before], current } = lookUp(histories, name)!
  if (before === undefined)
    throw new WeirError('version-absent', `extension '${name}' has no version before ${current}`)
  return { ...present, source: before.source, builtin: before.builtin }
}

/** The same of an edge function. */
export const functionRolledBack = (present: EdgeFunction, histories: Histories): EdgeFunction => {
  const { name } = present
  const { previous: [before], current } = lookUp(histories, functionHistory(name))!
  if (before?.source === undefined)
    throw new WeirError('version-absent', `edge function '${name}' has no version before ${current}`)
  return { ...present, source: before.source }
}

/** Returns the extension with its canary's code for all connections. Throws `canary-absent` if it has none. */
export const promoted = (present: Extension): Extension => {
  const { canary } = present
  if (canary === undefined) throw new WeirError('canary-absent', `extension '${present.name}' has no canary`)
  return { ...present, source: canary.source, builtin: canary.builtin, canary: undefined }
}

/**
 * The configuration without the canary of this version; the same one when that is not there any more, because an
 * operator was faster.
 */
export const reverted = (config: Config, histories: Histories, name: string, version: number): Config => {
  const extension = find(config, 'extensions', name)
  if (extension === undefined || lookUp(histories, name)?.canary !== version) return config
  return put(config, 'extensions', { ...extension, canary: undefined })
}
