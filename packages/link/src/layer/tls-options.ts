import type { Service, UserVserver } from '@weirlb/model'
import type { CertkeyContents } from './tls/certkey-contents.ts'
import type { TlsClientOptions, TlsServerOptions } from '../transport.ts'

/** What a TLS listener of this vserver serves. References have been checked. */
export const tlsServerOptions = (vserver: UserVserver, certkeys: readonly CertkeyContents[]): TlsServerOptions => ({
  certificates: vserver.certificates.map(name => {
    const certkey = certkeys.find(c => c.name === name)!
    return { name, cert: certkey.cert ?? '', key: certkey.key ?? '' }
  })
})

/** How a dial to this service opens TLS; undefined for plain TCP. */
export const tlsClientOptions = (service: Service, certkeys: readonly CertkeyContents[]): TlsClientOptions | undefined =>
  service.type !== 'USER_SSL_TCP'
    ? undefined
    : {
        serverName: service.tls?.serverName,
        verify: service.tls?.verify ?? true,
        ca: certkeys.find(c => c.name === service.tls?.ca)?.ca
      }
