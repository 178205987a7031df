import { layersOf, type StackedLayer } from './layers.ts'
import type { UserProtocol } from './user-protocol.ts'
import type { UserVserver } from './user-vserver.ts'

/** Names of the user protocols of a vserver: one, or several that share its port. */
export const protocolNames = (
  { protocol, protocols }: Pick<UserVserver, 'protocol' | 'protocols'>
): readonly string[] => protocols.length === 0 ? [protocol] : [protocol, ...protocols]

/** The user protocols of a vserver. `find` looks one up by its name; unknown ones are left out. */
export const protocolsOf = (
  vserver: Pick<UserVserver, 'protocol' | 'protocols'>,
  find: (name: string) => UserProtocol | undefined
): readonly UserProtocol[] => protocolNames(vserver).map(find).filter(found => found !== undefined)

/** The extension of these protocols of one vserver, which have at most one; undefined where all is plain HTTP. */
export const extensionAmong = (protocols: readonly Pick<UserProtocol, 'extension'>[]): string | undefined =>
  protocols.find(({ extension }) => extension !== undefined)?.extension

/** Returns true if one of the protocols has this layer. */
export const speaks = (protocols: readonly Pick<UserProtocol, 'transport'>[], layer: StackedLayer): boolean =>
  protocols.some(({ transport }) => layersOf(transport).includes(layer))

/**
 * Returns true if TLS with the clients of one of the protocols may begin inside the protocol, if its extension can do
 * that.
 */
export const mayStartTls = (protocols: readonly Pick<UserProtocol, 'transport' | 'extension'>[]): boolean =>
  protocols.some(({ transport, extension }) => transport === 'tcp' && extension !== undefined)

/** `'MQTT' is tcp`. */
export const transportsText = (protocols: readonly Pick<UserProtocol, 'name' | 'transport'>[]): string =>
  protocols.map(({ name, transport }) => `'${name}' is ${transport}`).join(' and ')
