import { vserverTls, WeirError } from '@weirlb/model'
import type { Draft } from '@weirlb/core'
import type { Call, Command, ObjectWords, Target } from '../grammar/command.ts'
import { deriveOptions } from '../grammar/derive-options.ts'
import { flag } from '../grammar/flag.ts'
import { keywords, nameOf, toggle } from '../grammar/kind.ts'
import type { Parameter } from '../grammar/option.ts'
import { showEntities } from '../show/entities.ts'
import { fieldsOf, textOf } from './set-field.ts'

/** The words of the bindings of certkeys. */
export const sslVserver: ObjectWords = {
  object: 'ssl vserver',
  aliases: ['vs'],
  doc: 'TLS of a user vserver: its certificates.'
}

const vserverName: Parameter = {
  name: 'vServerName',
  kind: nameOf('userVservers', 'vServerName'),
  doc: 'Name of the user vserver.'
}
const certkeyName: Parameter = {
  name: 'certkeyName',
  kind: nameOf('certkeys', 'certkeyName'),
  doc: 'Name of the certkey.'
}
const ca = flag('CA', 'The certkey has authorities that may have issued certificates of clients.')
const sni = flag('SNICert', 'The certificate is for clients that ask for its name. Weir selects every certificate by name; the first is also for clients that ask for no other.')
const outside = {
  cipherName: 'Weir takes OpenSSL\'s names of cipher suites: set ssl vserver … -tls.ciphers',
  eccCurveName: 'Weir takes OpenSSL\'s names of groups: set ssl vserver … -tls.groups',
  policyName: 'Weir has no TLS policies'
}
const foreign = {
  crlCheck: 'Weir applies the revocation list of the certkey',
  ocspCheck: 'Weir applies the revocation list of the certkey',
  skipCAName: 'Weir sends the names of authorities'
}

/** Bindings of certkeys to user vservers. */
export const sslBindings: readonly Command[] = [
  {
    verb: 'bind',
    object: 'ssl vserver',
    parameters: { arguments: [vserverName], options: [certkeyName, ca, sni] },
    foreign,
    outside,
    doc: 'Bind a certkey to a user vserver.',
    rest: 'patchUserVserver',
    run: { edit: bindCertkey(true) }
  },
  {
    verb: 'unbind',
    object: 'ssl vserver',
    parameters: { arguments: [vserverName], options: [certkeyName, ca, sni] },
    foreign,
    outside,
    doc: 'Unbind a certkey from a user vserver.',
    rest: 'patchUserVserver',
    run: { edit: bindCertkey(false) }
  }
]

function bindCertkey (bound: boolean): (draft: Draft, call: Call) => Target {
  return (draft, call) => {
    if (!call.given.has('certkeyName')) throw new WeirError('command-invalid', '-certkeyName <certkeyName> is missing')
    const [name, certkey] = [textOf(call, 'vServerName'), textOf(call, 'certkeyName')]
    const vserver = draft.userVservers.require(name)
    const present = call.given.has('CA') ? vserver.tls.clientCa : vserver.certificates
    if (present.includes(certkey) === bound) {
      throw bound
        ? new WeirError('name-taken', `certkey '${certkey}' is bound to user vserver '${name}' already`)
        : new WeirError(
          'not-found',
          `certkey '${certkey}' is not bound to user vserver '${name}'; there are: ${present.join(', ') || '(none)'}`
        )
    }
    const next = bound ? [...present, certkey] : present.filter(other => other !== certkey)
    draft.userVservers.patch(name, call.given.has('CA') ? { tls: { clientCa: next } } : { certificates: next })
    return { collection: 'userVservers', name }
  }
}

const versions = {
  ssl3: 'Weir speaks TLS 1.2 and 1.3',
  tls1: 'Weir speaks TLS 1.2 and 1.3',
  tls11: 'Weir speaks TLS 1.2 and 1.3'
}
const { shape: tls } = vserverTls
const ofTls = deriveOptions(vserverTls, ['clientCa'], ['tls']).map(option => ({ ...option, own: true as const }))
const clientAuth: Parameter = {
  name: 'clientAuth',
  kind: toggle('ENABLED', 'DISABLED'),
  doc: 'Whether clients are asked for a certificate; mandatory unless -clientCert says otherwise.'
}
const clientCert: Parameter = {
  name: 'clientCert',
  kind: keywords({ Mandatory: 'mandatory', Optional: 'optional' }),
  doc: tls.clientCertificate.description!
}
const sessReuse: Parameter = {
  name: 'sessReuse',
  kind: toggle('ENABLED', 'DISABLED'),
  field: ['tls', 'resumption'],
  doc: tls.resumption.description!
}
const strictSni: Parameter = {
  name: 'strictSNI',
  kind: toggle('ENABLED', 'DISABLED'),
  field: ['tls', 'strictSni'],
  doc: tls.strictSni.description!
}
const foreignOfTls = {
  ...versions,
  dh: 'OpenSSL has its own parameters',
  dhFile: 'OpenSSL has its own parameters',
  dhCount: 'OpenSSL has its own parameters',
  eRSA: 'Weir has no export ciphers',
  eRSACount: 'Weir has no export ciphers',
  sessTimeout: 'tickets live as long as their keys',
  cipherRedirect: 'clients without a common cipher are refused',
  cipherURL: 'clients without a common cipher are refused',
  sslv2Redirect: 'Weir speaks TLS 1.2 and 1.3',
  sslv2URL: 'Weir speaks TLS 1.2 and 1.3',
  ssl2: 'Weir speaks TLS 1.2 and 1.3',
  sslRedirect: 'Weir forwards HTTP requests as they are',
  redirectPortRewrite: 'Weir forwards HTTP requests as they are',
  SNIEnable: 'every vserver with several certificates selects by name',
  ocspStapling: 'a response is stapled where the certkey has one: -ocsp',
  sslProfile: 'TLS is configured on each user vserver',
  sendCloseNotify: 'Weir sends close_notify',
  pushEncTrigger: 'Weir encrypts what there is',
  HSTS: 'Weir forwards HTTP requests as they are',
  maxage: 'Weir forwards HTTP requests as they are',
  IncludeSubdomains: 'Weir forwards HTTP requests as they are',
  tls12: 'set -tls.minVersion and -tls.maxVersion',
  tls13: 'set -tls.minVersion and -tls.maxVersion',
  nonFipsCiphers: 'Weir knows no such hardware',
  dtls1: 'Weir speaks no DTLS',
  dtls12: 'Weir speaks no DTLS',
  dtlsProfileName: 'Weir speaks no DTLS',
  zeroRttEarlyData: 'Weir takes no early data',
  dheKeyExchangeWithPsk: 'OpenSSL decides',
  tls13SessionTicketsPerAuthContext: 'OpenSSL decides',
  dhKeyExpSizeLimit: 'OpenSSL has its own parameters',
  clearTextPort: 'a service has its own port'
}

/** TLS of user vservers. */
export const sslSettings: readonly Command[] = [
  {
    verb: 'set',
    object: 'ssl vserver',
    parameters: { arguments: [vserverName], options: [clientAuth, clientCert, sessReuse, strictSni, ...ofTls] },
    foreign: foreignOfTls,
    doc: 'Change TLS of a user vserver.',
    rest: 'patchUserVserver',
    run: { edit: setTls }
  },
  {
    verb: 'show',
    object: 'ssl vserver',
    parameters: { arguments: [{ ...vserverName, name: 'name', optional: true }], options: [] },
    doc: 'Show the user vserver with its certificates.',
    rest: 'getUserVserver',
    run: { act: showEntities('userVservers') }
  }
]

function setTls (draft: Draft, call: Call): Target {
  const name = textOf(call, 'vServerName')
  const { tls: present } = draft.userVservers.require(name)
  const asked = call.given.get('clientAuth')?.value as boolean | undefined
  const how = (call.given.get('clientCert')?.value as 'mandatory' | 'optional' | undefined) ??
    (present.clientCertificate === 'off' ? 'mandatory' : present.clientCertificate)
  const clientCertificate = asked === false
    ? 'off'
    : asked === true || call.given.has('clientCert') && present.clientCertificate !== 'off'
    ? how
    : undefined
  const { tls: fields } = fieldsOf(call.given.values())
  draft.userVservers.patch(name, {
    tls: { ...fields as object, ...clientCertificate === undefined ? {} : { clientCertificate } }
  })
  return { collection: 'userVservers', name }
}
