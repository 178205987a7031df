import { parseEndpoint } from '@weirlb/model'
import type { BeginRecord, EndKind, EndRecord } from '@weirlb/engine'

/** Something that has happened to a connection or an HTTP request. */
export type Life =
  | { readonly type: 'begin', /** Milliseconds since 1970 (UTC). */ readonly time: number } & BeginRecord
  | { readonly type: 'end', readonly time: number, readonly kind: EndKind } & EndRecord

/**
 * Which of them; every given field must match. A connection that begins has no service, no session and no reason yet.
 */
export interface LifeFilter {
  readonly userVserver?: string | undefined
  readonly service?: string | undefined
  /** Exact session key as text. */
  readonly session?: string | undefined
  /** Address of the client, or address and port. */
  readonly client?: string | undefined
  /** Close reason. */
  readonly reason?: string | undefined
}

/** True for what a filter is about. */
export const isMeant = (filter: LifeFilter, life: Life): boolean => {
  if (filter.userVserver !== undefined && filter.userVserver !== life.userVserver) return false
  if (filter.client !== undefined && !isClient(filter.client, life.client)) return false
  if (life.type === 'begin')
    return filter.service === undefined && filter.session === undefined && filter.reason === undefined
  if (filter.service !== undefined && life.service?.split(', ').includes(filter.service) !== true) return false
  if (filter.session !== undefined && filter.session !== life.session) return false
  return filter.reason === undefined || filter.reason === life.reason
}

const isClient = (wanted: string, client: string): boolean => {
  if (wanted === client) return true
  const [meant, present] = [parseEndpoint(wanted), parseEndpoint(client)]
  return meant !== undefined && present !== undefined && meant.address === present.address &&
    (meant.port === undefined || meant.port === present.port)
}
