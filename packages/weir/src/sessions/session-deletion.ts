import { WeirError } from '@weirlb/model'
import type { SessionQuery } from '../data-plane.ts'

/** Which sessions to delete: those of an LB vserver, those of a key, or all; `limit` is the most that go. */
export type SessionDeletion =
  | { readonly all: true, readonly lbVserver?: undefined, readonly key?: undefined, readonly limit?: number | undefined }
  | { readonly all?: undefined, readonly lbVserver: string, readonly key?: string | undefined, readonly limit?: number | undefined }
  | { readonly all?: undefined, readonly lbVserver?: undefined, readonly key: string, readonly limit?: number | undefined }

/** The query of a deletion. Throws `query-invalid` for one that names no filter and not `all`, so that a filter which went missing deletes nothing, and for one that names both. */
export const deletionQuery = ({ all, lbVserver, key, limit }: SessionQuery & { readonly all?: boolean | undefined }): SessionQuery => {
  const filtered = lbVserver !== undefined || key !== undefined
  if (all === true && filtered) throw refusal('`all` is given beside a filter; give `lbVserver`, `key` or both, or set `all` to true')
  if (all !== true && !filtered) throw refusal('which sessions is not said; give `lbVserver`, `key` or both, or set `all` to true')
  return { lbVserver, key, limit }
}

const refusal = (message: string): WeirError => new WeirError('query-invalid', message, { issues: [{ path: 'all', message }] })
