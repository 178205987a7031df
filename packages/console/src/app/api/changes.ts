import { ApiError, type ConfigPlan } from '@weirlb/admin/client'
import { call } from './api.ts'
import { patched } from './merge-patch.ts'

/** Fields of an entity, or of a patch of one. */
type Fields = Readonly<Record<string, unknown>>

/** A change of one entity. `ifMatch`: the version that a form began with. `patch` is a JSON Merge Patch (RFC 7396). */
export type Change =
  | { readonly action: 'create', readonly value: Fields }
  | { readonly action: 'replace', readonly name: string, readonly value: Fields, readonly ifMatch: string | undefined }
  | { readonly action: 'patch', readonly name: string, readonly value: Fields }
  | { readonly action: 'delete', readonly name: string, readonly ifMatch?: string | undefined }

/** Apply a change of an entity in a collection (`lbVservers`): it is one revision, or nothing. */
export const apply = async (collection: string, change: Change): Promise<void> => {
  await call('runTransaction', { body: { changes: [{ collection, ...change }] } as never })
}

/** Ask what a change would do, and do nothing. A refusal has its paths as `apply` would have them. */
export const plan = async (collection: string, change: Change): Promise<ConfigPlan> => {
  const config = (await call('getConfig')).body as unknown as Record<string, readonly Fields[]>
  const others = config[collection] ?? []
  const found = change.action === 'create' ? -1 : others.findIndex(({ name }) => name === change.name)
  const at = found < 0 ? others.length : found
  const changed = change.action === 'delete'
    ? others.toSpliced(at, 1)
    : others.toSpliced(at, 1, after(change, others[at]))
  try {
    return (await call('checkConfig', { body: { ...config, [collection]: changed } as never })).body
  } catch (error) {
    throw error instanceof ApiError ? renamed(error, `${collection}[${at}]`) : error
  }
}

const after = (change: Exclude<Change, { readonly action: 'delete' }>, before: Fields = {}): Fields =>
  change.action === 'patch' ? patched(before, change.value) as Fields : change.value

const CHANGE = 'changes[0].value'

/** The same error, with the paths that a transaction of one change has. */
const renamed = (error: ApiError, prefix: string): ApiError => {
  const { problem } = error
  if (problem?.issues === undefined) return error
  const issues = problem.issues.map(issue =>
    issue.path.startsWith(prefix) ? { ...issue, path: `${CHANGE}${issue.path.slice(prefix.length)}` } : issue
  )
  return new ApiError(error.message, error.status, { ...problem, issues })
}

/** Returns the path of a field of the entity by that of an issue; undefined: the issue is not about this entity. */
export const fieldOf = (path: string): string | undefined =>
  path.startsWith(`${CHANGE}.`) ? path.slice(CHANGE.length + 1) : undefined
