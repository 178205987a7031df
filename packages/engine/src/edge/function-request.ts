import type { ClientFacts, NameAttribute } from '@weirlb/link'
import type { FunctionRequest, HeaderPair } from '@weirlb/sdk/abi'
import type { RuledRequest } from '../gate/rule-subject.ts'

const nameText = (attributes: readonly NameAttribute[]): string =>
  attributes.map(({ type, value }) => `${type}=${value}`).join(',')

/** Returns a request as edge functions get it: its head, and what is known of its client. */
export const functionRequest = (
  facts: ClientFacts,
  { method, path, secure, headers }: RuledRequest,
  upgrade: boolean,
  userVserver: string
): FunctionRequest => {
  const pairs: HeaderPair[] = []
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string') pairs.push([name, value])
    else if (value !== undefined) for (const each of value) pairs.push([name, each])
  }
  const { host } = headers
  const { certificate } = facts
  return {
    method,
    url: `${secure ? 'https' : 'http'}://${typeof host === 'string' && host !== '' ? host : userVserver}${
      path.startsWith('/') ? path : `/${path}`
    }`,
    headers: pairs,
    upgrade,
    body: headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0,
    client: {
      address: facts.address,
      port: facts.port,
      tlsVersion: facts.tlsVersion,
      serverName: facts.serverName,
      certificate: certificate && {
        subject: nameText(certificate.subject),
        issuer: nameText(certificate.issuer),
        serial: certificate.serial,
        fingerprint: certificate.fingerprint,
        notBefore: certificate.notBefore,
        notAfter: certificate.notAfter
      }
    },
    userVserver
  }
}
