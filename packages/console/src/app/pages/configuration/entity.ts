import { ApiError, type ConfigPlan, type Output } from '@weirlb/admin/client'
import { call } from '../../api/api.ts'
import type { Collection } from './api-document.ts'
import { withoutDefaults, type Entity } from './values.ts'

/** An entity, as Weir has it now. */
export interface Stored { readonly value: Entity, readonly etag: string | undefined }

/** A change that a form asks for. `ifMatch`: the version that it began with. */
export type Change =
  | { readonly action: 'create', readonly value: Entity }
  | { readonly action: 'replace', readonly name: string, readonly value: Entity, readonly ifMatch: string | undefined }
  | { readonly action: 'delete', readonly name: string, readonly ifMatch: string | undefined }

/** Ask for an entity; undefined: there is none of this name. */
export const loadEntity = async ({ show, schema }: Collection, name: string): Promise<Stored | undefined> => {
  try {
    // Which operation shows an entity is known from the API's description only.
    const { body, etag } = await call(show as 'getService', { path: { name } }) as Output<'getService'>
    const { status: _, ...value } = body as unknown as Entity & { readonly status?: unknown }
    return { value: withoutDefaults(value, schema) as Entity, etag }
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  }
}

/** Apply a change: it is one revision, or nothing. */
export const apply = async ({ name: collection }: Collection, change: Change): Promise<void> => {
  await call('runTransaction', { body: { changes: [{ collection, ...change }] } as never })
}

/** Ask what a change would do, and do nothing. A refusal has its paths as `apply` would have them. */
export const plan = async ({ name: collection }: Collection, change: Change): Promise<ConfigPlan> => {
  const config = (await call('getConfig')).body as unknown as Record<string, readonly Entity[]>
  const others = config[collection] ?? []
  const at = change.action === 'create' ? others.length : others.findIndex(({ name }) => name === change.name)
  const changed = change.action === 'delete' ? others.toSpliced(at, 1) : others.toSpliced(at < 0 ? others.length : at, at < 0 ? 0 : 1, change.value)
  try {
    return (await call('checkConfig', { body: { ...config, [collection]: changed } as never })).body
  } catch (error) {
    throw error instanceof ApiError ? renamed(error, `${collection}[${at < 0 ? others.length : at}]`) : error
  }
}

const CHANGE = 'changes[0].value'

/** The same error, with the paths that a transaction of one change has. */
const renamed = (error: ApiError, prefix: string): ApiError => {
  const { problem } = error
  if (problem?.issues === undefined) return error
  const issues = problem.issues.map(issue => issue.path.startsWith(prefix) ? { ...issue, path: `${CHANGE}${issue.path.slice(prefix.length)}` } : issue)
  return new ApiError(error.message, error.status, { ...problem, issues })
}

/** Returns the path of a field of the form by that of an issue; undefined: the issue is not about this entity. */
export const fieldOf = (path: string): string | undefined => path.startsWith(`${CHANGE}.`) ? path.slice(CHANGE.length + 1) : undefined
