// Constraints on user vservers whose port several user protocols share.
import type { Config } from './config.ts'
import { firstByName, type Finding } from './finding.ts'
import { layersOf } from './layers.ts'
import type { Transport } from './user-protocol.ts'
import { protocolNames } from './vserver-protocols.ts'

/** What a client's first bytes can tell: TLS or none, and HTTP or other bytes. */
const kindOf = (transport: Transport): string =>
  `${layersOf(transport).includes('http') ? 'HTTP' : 'raw bytes'} ${
    layersOf(transport).includes('tls') ? 'over' : 'without'
  } TLS`

/** The protocols of one port have one extension, and first bytes that differ. */
export function * sharedPorts (config: Config): Generator<Finding> {
  const protocols = firstByName(config.userProtocols)
  for (const [i, vserver] of config.userVservers.entries()) {
    if (vserver.protocols.length === 0) continue
    const byKind = new Map<string, string>()
    let inspected: { readonly name: string, readonly extension: string } | undefined
    for (const [n, name] of protocolNames(vserver).entries()) {
      const protocol = protocols.get(name)
      if (protocol === undefined) continue
      const path = `userVservers[${i}].${n === 0 ? 'protocol' : `protocols[${n - 1}]`}`
      const { transport, extension } = protocol
      const kind = kindOf(transport)
      const other = byKind.get(kind)
      if (other !== undefined)
        yield {
          code: 'config-invalid',
          path,
          message: `user protocols '${other}' and '${name}' are both ${kind}, and nothing tells their clients apart`
        }
      byKind.set(kind, other ?? name)
      if (extension === undefined) continue
      if (inspected !== undefined && inspected.extension !== extension) {
        yield { code: 'config-invalid', path, message: `user protocol '${name}' has extension '${extension}', but '${inspected.name}' has '${inspected.extension}'; the protocols of one user vserver have one extension` }
      }
      inspected ??= { name, extension }
    }
  }
}
