import type { X509Certificate } from 'node:crypto'
import type { ClientCertificate, NameAttribute } from '../../client-facts.ts'

/** Returns the facts in a verified certificate. */
export const clientCertificate = (certificate: X509Certificate): ClientCertificate => {
  const subject = nameAttributes(certificate.subject)
  const names = alternativeNames(certificate.subjectAltName)
  const of = (type: string): string[] => names.filter(name => name.type === type).map(({ value }) => value)
  return {
    subject,
    issuer: nameAttributes(certificate.issuer),
    commonNames: subject.filter(({ type }) => type === 'CN').map(({ value }) => value),
    dns: of('DNS'),
    uris: of('URI'),
    emails: of('email'),
    addresses: of('IP Address'),
    serial: certificate.serialNumber,
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBefore: certificate.validFromDate.toISOString(),
    notAfter: certificate.validToDate.toISOString()
  }
}

/**
 * The attributes of a name as Node prints it: a line for each RDN, ` + ` between attributes of one, values escaped as
 * in RFC 4514 §2.4.
 */
export const nameAttributes = (printed: string | undefined): NameAttribute[] => {
  if (printed === undefined || printed === '') return []
  return printed.split('\n').flatMap(line => line.split(/(?<=(?:^|[^\\])(?:\\\\)*) \+ /)).map(attribute => {
    const equals = attribute.indexOf('=')
    return { type: attribute.slice(0, equals), value: unescaped(attribute.slice(equals + 1)) }
  })
}

const unescaped = (value: string): string =>
  value.replaceAll(
    /\\([0-9A-F]{2}|.)/g,
    (_, what: string) => what.length === 2 ? String.fromCharCode(Number.parseInt(what, 16)) : what
  )

/**
 * Names as Node prints them: `type:value` with `, ` between; a value with a comma or a quote in it is a JSON string.
 */
export const alternativeNames = (printed: string | undefined): NameAttribute[] =>
  [...(printed ?? '').matchAll(/(?:^|, )([^:,"]+):("(?:[^"\\]|\\.)*"|[^,"]*)/g)].map(([, type, value]) => ({
    type: type!,
    value: value!.startsWith('"') ? JSON.parse(value!) as string : value!
  }))
