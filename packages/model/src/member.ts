import { endpointText } from './endpoint.ts'
import { canonicalHost } from './host-name.ts'
import type { Service } from './service.ts'
import type { ServiceGroup } from './service-group.ts'

/**
 * Address and port of a member, by which its group knows it: `127.0.0.1:1883`, `mqtt.example.com:1883`,
 * `_mqtt._tcp.example.com:0`.
 */
export const memberKey = ({ address, port }: { readonly address: string, readonly port: number }): string =>
  endpointText(canonicalHost(address), port)

/**
 * Name of a member wherever services are named: `GROUP@127.0.0.1:1883`. No service has it, as their names have no `@`.
 */
export const memberName = (owner: string, address: string, port: number): string =>
  `${owner}@${memberKey({ address, port })}`

/** True for a name whose SRV records have servers with their ports (RFC 2782). */
export const isSrvName = (host: string): boolean => /^_[^.]+\._tcp\./i.test(host)

/** True for an entity that stands for its members, and is no server itself. */
export const hasMembers = (entity: Service | ServiceGroup): boolean => 'members' in entity || entity.resolve === 'all'
