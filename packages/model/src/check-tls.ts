// Constraints across the TLS fields of certkeys, user vservers and services.
import { canServe, certkeyFileFields, certkeyParts, holds, type CertkeyPart } from './certkey.ts'
import { serversOf } from './check-servers.ts'
import type { Config } from './config.ts'
import { describeChoices } from './describe-value.ts'
import { equal } from './equal.ts'
import { layersTo, serviceTypesWith } from './layers.ts'
import { firstByName, type Finding } from './finding.ts'
import { mayStartTls, protocolsOf, speaks, transportsText } from './vserver-protocols.ts'
import { vserverTls } from './vserver-tls.ts'

/** Names of the certkeys that have a certificate and its key. */
export const serverCertkeys = (config: Config): string[] => config.certkeys.filter(canServe).map(c => c.name)

/** Fields that occur twice, or without their counterpart. */
export function * certkeyFields (config: Config): Generator<Finding> {
  const certkeys = firstByName(config.certkeys)
  for (const [i, certkey] of config.certkeys.entries()) {
    const fault = (field: string, message: string): Finding => ({
      code: 'config-invalid',
      path: `certkeys[${i}].${field}`,
      message: `certkey '${certkey.name}': ${message}`
    })
    if (certkey.acme !== undefined) {
      const { ca } = certkey.acme
      const given = [...certkeyParts, ...certkeyFileFields].find(field => certkey[field] !== undefined)
      if (given !== undefined)
        yield fault(
          given,
          `\`${given}\` stands beside \`acme\`, which brings its own certificate and key; give one of them`
        )
      const authority = ca === undefined ? undefined : certkeys.get(ca)
      if (authority !== undefined && !holds(authority, 'ca'))
        yield fault('acme.ca', `certkey '${ca}' has no ca bundle; those that have: ${having(config, 'ca')}`)
      continue
    }
    for (const part of certkeyParts) {
      if (certkey[part] !== undefined && certkey[`${part}File`] !== undefined)
        yield fault(`${part}File`, `\`${part}File\` stands beside \`${part}\`; give one of them`)
    }
    const needs = (
      field: 'passphraseFile' | 'ocspFile' | 'crl',
      part: CertkeyPart,
      there: boolean
    ): Finding | undefined =>
      there && !holds(certkey, part)
        ? fault(field, `\`${field}\` is of no use without \`${part}\` or \`${part}File\``)
        : undefined
    const lacking =
      needs('passphraseFile', 'key', certkey.passphraseFile !== undefined && certkey.certFile === undefined) ??
        needs('ocspFile', 'cert', certkey.ocspFile !== undefined) ?? needs('crl', 'ca', holds(certkey, 'crl'))
    if (lacking !== undefined) yield lacking
    const beside = holds(certkey, 'psk') ? certkeyParts.find(part => part !== 'psk' && holds(certkey, part)) : undefined
    if (beside !== undefined)
      yield fault('psk', `pre-shared keys stand beside \`${beside}\`; put them into a certkey of their own`)
  }
}

const noTls = vserverTls.parse({})
/** As version 0.1 has saved it: each start of a later one reads it, and nobody has set it. */
const noTlsBefore = { ...noTls, handshakesPerSecond: 0 }
const isSet = (tls: typeof noTls): boolean => !equal(tls, noTls) && !equal(tls, noTlsBefore)

/** TLS where TLS is spoken, and certkeys that hold what they are named for. */
export function * vserverTlsFits (config: Config): Generator<Finding> {
  const protocols = firstByName(config.userProtocols)
  const certkeys = firstByName(config.certkeys)
  for (const [i, vserver] of config.userVservers.entries()) {
    const { tls } = vserver
    const fault = (field: string, message: string): Finding => ({
      code: 'config-invalid',
      path: `userVservers[${i}].tls${field}`,
      message
    })
    const spoken = protocolsOf(vserver, name => protocols.get(name))
    if (spoken.length > 0 && !speaks(spoken, 'tls') && isSet(tls)) {
      if (!mayStartTls(spoken)) yield fault('', `user protocol ${transportsText(spoken)} and takes no tls`)
      // Nothing would show that its clients cannot have what is set here.
      else if (vserver.certificates.length === 0 && tls.psk.length === 0)
        yield fault(
          '',
          `TLS that begins inside the protocol needs a certificate; certkeys that have one: ${
            describeChoices(serverCertkeys(config))
          }`
        )
    }
    if (tls.minVersion > tls.maxVersion)
      yield fault('.minVersion', `minVersion ${tls.minVersion} is newer than maxVersion ${tls.maxVersion}`)
    if (tls.clientCertificate !== 'off' && tls.clientCa.length === 0)
      yield fault(
        '.clientCa',
        `clientCertificate is '${tls.clientCertificate}' and needs the authorities of clients; certkeys with a ca bundle: ${
          having(config, 'ca')
        }`
      )
    if (tls.clientCertificate === 'off') {
      const field = tls.clientCa.length > 0 ? 'clientCa' : tls.verifyDepth === undefined ? undefined : 'verifyDepth'
      if (field !== undefined)
        yield fault(
          `.${field}`,
          `clientCertificate is 'off', and nobody would be asked; make it optional or mandatory, or leave out ${field}`
        )
    }
    for (const [field, part, words] of [['clientCa', 'ca', 'ca bundle'], ['psk', 'psk', 'pre-shared keys']] as const) {
      for (const [n, name] of tls[field].entries()) {
        const certkey = certkeys.get(name)
        if (certkey !== undefined && !holds(certkey, part))
          yield fault(`.${field}[${n}]`, `certkey '${name}' has no ${words}; those that have: ${having(config, part)}`)
      }
    }
  }
}

const having = (config: Config, part: CertkeyPart): string =>
  describeChoices(config.certkeys.filter(certkey => holds(certkey, part)).map(({ name }) => name))

/** TLS to servers. */
export function * serviceTls (config: Config): Generator<Finding> {
  const certkeys = firstByName(config.certkeys)
  for (const { path: place, what, server: service } of serversOf(config)) {
    const path = `${place}.tls`
    if (service.startTls && service.type !== 'USER_TCP')
      yield {
        code: 'config-invalid',
        path: `${place}.startTls`,
        message: `only a service of type USER_TCP starts TLS inside the protocol; ${what} is ${service.type}`
      }
    if (service.tls === undefined) continue
    if (!layersTo(service).includes('tls')) {
      yield {
        code: 'config-invalid',
        path,
        message: `only a service of type ${
          serviceTypesWith('tls').join(' or ')
        } takes tls, or one with startTls; ${what} is ${service.type}`
      }
    }
    const ca = service.tls.ca === undefined ? undefined : certkeys.get(service.tls.ca)
    if (ca !== undefined && !holds(ca, 'ca')) {
      const choices = config.certkeys.filter(c => holds(c, 'ca')).map(c => c.name)
      yield {
        code: 'config-invalid',
        path: `${path}.ca`,
        message: `certkey '${ca.name}' has no ca bundle; those that have: ${describeChoices(choices)}`
      }
    }
    const own = service.tls.certificate === undefined ? undefined : certkeys.get(service.tls.certificate)
    if (own !== undefined && !canServe(own)) {
      yield {
        code: 'config-invalid',
        path: `${path}.certificate`,
        message: `certkey '${own.name}' has no certificate with its key; those that have: ${
          describeChoices(serverCertkeys(config))
        }`
      }
    }
  }
}
