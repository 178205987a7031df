import { WeirError } from './error.ts'
import { firstByName } from './finding.ts'
import type { LbVserver } from './lb-vserver.ts'
import { lookUp } from './record.ts'
import type { Service } from './service.ts'
import type { UserProtocol } from './user-protocol.ts'
import type { UserVserver } from './user-vserver.ts'
import { extensionAmong, protocolsOf, speaks, transportsText } from './vserver-protocols.ts'

/** Declarations of loaded extensions. */
type Declared = Readonly<Record<string, { readonly startTls: boolean }>>

/**
 * Check that a user vserver without a transport with TLS has certificates only if its extension starts TLS, which only
 * a loaded extension shows. Throws `config-invalid`.
 */
export const checkStartTls = (
  { userVservers, userProtocols }: {
    readonly userVservers: readonly UserVserver[]
    readonly userProtocols: readonly UserProtocol[]
  },
  declared: Declared
): void => {
  const protocols = firstByName(userProtocols)
  const issues = userVservers.flatMap((vserver, i) => {
    const spoken = protocolsOf(vserver, name => protocols.get(name))
    const extension = extensionAmong(spoken)
    if (
      vserver.certificates.length + vserver.tls.psk.length === 0 || extension === undefined || speaks(spoken, 'tls') ||
      lookUp(declared, extension)?.startTls === true
    ) return []
    const field = vserver.certificates.length > 0 ? 'certificates' : 'tls'
    return [{
      path: `userVservers[${i}].${field}`,
      message: `user protocol ${
        transportsText(spoken)
      }, extension '${extension}' does not declare startTls, and the user vserver takes no ${field}`
    }]
  })
  const first = issues[0]
  if (first !== undefined) throw new WeirError('config-invalid', `${first.path}: ${first.message}`, { issues })
}

/** Declarations of loaded extensions. */
type DeclaredSteps = Readonly<Record<string, { readonly serverTls: object | undefined }>>

/**
 * Check that a service with startTls serves only extensions that declare how TLS is started with servers. Throws
 * `config-invalid`.
 */
export const checkServerTls = (
  { services, lbVservers, userVservers, userProtocols }: {
    readonly services: readonly Pick<Service, 'name' | 'startTls'>[]
    readonly lbVservers: readonly LbVserver[]
    readonly userVservers: readonly UserVserver[]
    readonly userProtocols: readonly UserProtocol[]
  },
  declared: DeclaredSteps
): void => {
  if (!services.some(({ startTls }) => startTls)) return
  const byName = firstByName(services)
  const lbs = firstByName(lbVservers)
  const protocols = firstByName(userProtocols)
  const issues = userVservers.flatMap((vserver, i) => {
    const extension = extensionAmong(protocolsOf(vserver, name => protocols.get(name)))
    if (extension === undefined || lookUp(declared, extension)?.serverTls !== undefined) return []
    return [vserver.defaultLb, ...vserver.lbVservers].flatMap((name, n) => {
      const service = lbs.get(name)?.services.find(bound => byName.get(bound.name)?.startTls === true)
      const path = `userVservers[${i}].${n === 0 ? 'defaultLb' : `lbVservers[${n - 1}]`}`
      return service === undefined ? [] : [{ path, message: `service '${service.name}' of LB vserver '${name}' has startTls, and extension '${extension}' does not declare serverTls` }]
    })
  })
  const first = issues[0]
  if (first !== undefined) throw new WeirError('config-invalid', `${first.path}: ${first.message}`, { issues })
}
