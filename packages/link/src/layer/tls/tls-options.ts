import type { Service, UserVserver } from '@weirlb/model'
import type { CertkeyContents } from './certkey-contents.ts'

/** Certificates of a TLS listener: the first is the default, each answers to the names in it. PEM. */
export interface TlsServerOptions {
  /** `name`: the certkey, for errors. */
  readonly certificates: readonly { readonly name: string, readonly cert: string, readonly key: string }[]
}

/** How TLS to a server is opened. `serverName`: sent (SNI) and verified; default: the address that is dialled. `ca`: PEM; default: the system's. */
export interface TlsClientOptions { readonly serverName: string | undefined, readonly verify: boolean, readonly ca: string | undefined }

/** What a TLS listener of this vserver serves. References have been checked. */
export const tlsServerOptions = (vserver: UserVserver, certkeys: readonly CertkeyContents[]): TlsServerOptions => ({
  certificates: vserver.certificates.map(name => {
    const certkey = certkeys.find(c => c.name === name)!
    return { name, cert: certkey.cert ?? '', key: certkey.key ?? '' }
  })
})

/** How TLS to this service is opened. References have been checked. */
export const tlsClientOptions = ({ tls }: Service, certkeys: readonly CertkeyContents[]): TlsClientOptions => ({
  serverName: tls?.serverName,
  verify: tls?.verify ?? true,
  ca: certkeys.find(c => c.name === tls?.ca)?.ca
})
