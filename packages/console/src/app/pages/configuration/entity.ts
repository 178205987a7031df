import { ApiError, type Output } from '@weirlb/admin/client'
import { call } from '../../api/api.ts'
import type { Collection } from './api-document.ts'
import { withoutDefaults, type Entity } from './values.ts'

/** An entity, as Weir has it now. */
export interface Stored { readonly value: Entity, readonly etag: string | undefined }

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
