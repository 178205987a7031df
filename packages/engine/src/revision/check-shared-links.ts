import { extensionAmong, lookUp, protocolsOf, type UserProtocol, type UserVserver, WeirError } from '@weirlb/model'
import type { Declaration } from '@weirlb/sdk/abi'
import { whyOwnLinks } from '../extension/own-links.ts'

/**
 * Check that user vservers share links to servers only for extensions whose clients can. Throws `config-invalid`.
 */
export const checkSharedLinks = (
  { userVservers, userProtocols }: {
    readonly userVservers: readonly UserVserver[]
    readonly userProtocols: readonly UserProtocol[]
  },
  declarations: Readonly<Record<string, Declaration>>
): void => {
  const protocols = new Map(userProtocols.map(protocol => [protocol.name, protocol]))
  const issues = userVservers.flatMap((vserver, i) => {
    if (vserver.serverLinks === 'own') return []
    const extension = extensionAmong(protocolsOf(vserver, name => protocols.get(name)))
    const declaration = extension === undefined ? undefined : lookUp(declarations, extension)
    const found = declaration === undefined ? undefined : whyOwnLinks(declaration)
    if (declaration !== undefined && found === undefined) return []
    const why = extension === undefined ? 'there is no extension' : `extension '${extension}' declares ${found}`
    return [{ path: `userVservers[${i}].serverLinks`, message: `expected 'own', got 'shared': ${why}` }]
  })
  const first = issues[0]
  if (first !== undefined) throw new WeirError('config-invalid', `${first.path}: ${first.message}`, { issues })
}
