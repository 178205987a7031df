import type { UserVserver } from '@weirlb/model'
import { AddressSet, type ClientFacts, forwardedClient } from '@weirlb/link'
import type { RuledRequest } from './rule-subject.ts'

const proxies = new WeakMap<readonly string[], AddressSet>()

/** The addresses of a list of the configuration, made once. */
const addressesOf = (networks: readonly string[]): AddressSet => {
  const known = proxies.get(networks) ?? new AddressSet(networks)
  proxies.set(networks, known)
  return known
}

/**
 * A client as it is known behind the proxies that a user vserver trusts: by X-Forwarded-For, which its own request or
 * that of its WebSocket has.
 */
export const behindProxies = (
  { http }: Pick<UserVserver, 'http'>,
  client: ClientFacts,
  headers: RuledRequest['headers'] | undefined
): ClientFacts => {
  const trusted = http?.trustedProxies
  if (trusted === undefined || trusted.length === 0 || headers === undefined) return client
  const header = headers['x-forwarded-for']
  const address = forwardedClient(
    client.address,
    typeof header === 'object' ? header.join(',') : header,
    addressesOf(trusted)
  )
  return address === client.address ? client : { ...client, address }
}
