import { WeirError, type PersistenceType } from '@weirlb/model'
import type { SessionFilter } from './session-filter.ts'

/** Which sessions to delete: those of an LB vserver, of a type, of a key, or all; `limit` is the most that go. */
export type SessionDeletion =
  | {
    readonly all: true
    readonly lbVserver?: undefined
    readonly type?: undefined
    readonly key?: undefined
    readonly limit?: number | undefined
  }
  | SessionFilter
    & { readonly all?: undefined }
    & ({ readonly lbVserver: string } | { readonly type: PersistenceType } | { readonly key: string })

/**
 * The filter of a deletion. Throws `query-invalid` for one that names no filter and not `all`, so that a filter which
 * went missing deletes nothing, and for one that names both.
 */
export const deletionQuery = (
  { all, lbVserver, type, key, limit }: SessionFilter & { readonly all?: boolean | undefined }
): SessionFilter => {
  const filtered = lbVserver !== undefined || type !== undefined || key !== undefined
  if (all === true && filtered)
    throw refusal('`all` is given beside a filter; give some of `lbVserver`, `type` and `key`, or set `all` to true')
  if (all !== true && !filtered)
    throw refusal('which sessions is not said; give some of `lbVserver`, `type` and `key`, or set `all` to true')
  return { lbVserver, type, key, limit }
}

const refusal = (message: string): WeirError =>
  new WeirError('query-invalid', message, { issues: [{ path: 'all', message }] })
