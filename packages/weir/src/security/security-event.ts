import { describeValue, parseNetwork, WeirError } from '@weirlb/model'
import type { Decision } from '@weirlb/engine'
import { AddressSet } from '@weirlb/link'

/** A decision of the edge, and the worker that made it. */
export interface SecurityEvent extends Decision { readonly worker: number }

/** Which of them; every given field must match. */
export interface SecurityFilter {
  readonly id?: string | undefined
  readonly kind?: string | undefined
  /** The rule or control. */
  readonly name?: string | undefined
  readonly action?: string | undefined
  readonly phase?: string | undefined
  readonly simulated?: boolean | undefined
  readonly userVserver?: string | undefined
  /** Address of the client, or a network: `192.0.2.1`, `10.0.0.0/8`. */
  readonly address?: string | undefined
  readonly clientId?: string | undefined
  readonly topic?: string | undefined
  readonly country?: string | undefined
  readonly asn?: number | undefined
  /** Identifier of a connection. */
  readonly connection?: string | undefined
  /** Milliseconds since 1970 (UTC). */
  readonly sinceMs?: number | undefined
  readonly untilMs?: number | undefined
}

const same = [
  'id',
  'kind',
  'name',
  'action',
  'phase',
  'simulated',
  'userVserver',
  'clientId',
  'topic',
  'country',
  'asn',
  'connection'
] as const

/** Returns a function that is true for what a filter is about. Throws query-invalid. */
export const securityMatcher = (filter: SecurityFilter): (event: SecurityEvent) => boolean => {
  const { address, sinceMs, untilMs } = filter
  if (address !== undefined && parseNetwork(address) === undefined)
    throw invalid('address', `expected an IP address, or a network such as 10.0.0.0/8; got ${describeValue(address)}`)
  const networks = address === undefined ? undefined : new AddressSet([address])
  const wanted = same.filter(field => filter[field] !== undefined)
  return event => wanted.every(field => event[field] === filter[field]) &&
    (networks === undefined || networks.has(event.address)) &&
    (sinceMs === undefined || event.time >= sinceMs) &&
    (untilMs === undefined || event.time < untilMs)
}

/** The error about a part of a query. */
export const invalid = (path: string, message: string): WeirError =>
  new WeirError('query-invalid', `query parameter '${path}': ${message}`, { issues: [{ path, message }] })
