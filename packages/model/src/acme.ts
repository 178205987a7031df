import { z } from 'zod'
import { ipFamily } from './address.ts'
import { describeValue } from './describe-value.ts'
import { name } from './name.ts'

/** How an authority makes sure that a name is ours: over TLS (RFC 8737), or by an HTTP request (RFC 8555 §8.3). */
export const acmeChallenge = z.enum(['tls-alpn-01', 'http-01'])
export type AcmeChallenge = z.infer<typeof acmeChallenge>

const label = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/

/** Returns why a text is no name that a certificate can be ordered for; undefined for a valid one. */
const domainFault = (text: string): string | undefined => {
  if (text.startsWith('*.')) return 'a wildcard needs the challenge dns-01, which Weir does not have; name each host'
  if (ipFamily(text) !== undefined) return 'certificates are ordered for host names, not for IP addresses'
  if (text.endsWith('.')) return 'expected a host name without a dot at its end'
  const labels = text.split('.')
  // A last label of digits would be read as part of an address.
  return text.length <= 253 && labels.every(part => label.test(part)) && !/^\d+$/.test(labels.at(-1)!)
    ? undefined
    : 'expected a host name of letters, digits and "-" (names beyond ASCII in their `xn--` form)'
}

const domain = z.string().min(1).max(253).toLowerCase().check(context => {
  const fault = domainFault(context.value)
  if (fault !== undefined)
    context.issues.push({
      code: 'custom',
      message: `${fault}; got ${describeValue(context.value)}`,
      input: context.value
    })
})

/** Returns why a text is no directory of an authority. The value is left out where it may hold a password. */
const directoryFault = (text: string): string | undefined => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && (url.username !== '' || url.password !== ''))
    return 'an authority\'s directory has no user name and no password in its URL'
  return url?.protocol === 'https:'
    ? undefined
    : `expected an https URL, as https://acme-v02.api.letsencrypt.org/directory (RFC 8555 §6.1); got ${
      describeValue(text)
    }`
}

const directory = z.string().min(1).max(2048).check(context => {
  const message = directoryFault(context.value)
  if (message !== undefined) context.issues.push({ code: 'custom', message, input: context.value })
})

/** Identifies a customer of an authority that has its own accounts (RFC 8555 §7.3.4). */
const externalAccountBinding = z.strictObject({
  keyId: z.string().min(1).max(1024).describe('Key identifier, from the authority.'),
  hmacKey: z.string().min(1).max(1024).regex(/^[A-Za-z0-9_-]+=*$/, 'expected base64url').optional().describe(
    'MAC key in base64url, from the authority. Write-only: no response contains it.'
  )
})

/** The keys of certificates, by the name of their kind. */
export const acmeKeyTypes = ['P-256', 'P-384', 'RSA-2048', 'RSA-4096'] as const
export type AcmeKeyType = typeof acmeKeyTypes[number]

/** A certificate that Weir orders from an authority, and renews (RFC 8555). */
export const acme = z.strictObject({
  directory: directory.describe('URL of the authority\'s directory. Ordering from it accepts its terms of service.'),
  domains: z.array(domain).min(1).max(100).describe('Host names of the certificate. No wildcards, no IP addresses.'),
  email: z.email().max(254).optional().describe('Where the authority may write to.'),
  challenge: acmeChallenge.default('tls-alpn-01').describe(
    'How the authority validates the names. `tls-alpn-01`: it connects to port 443, which a user vserver with TLS serves. `http-01`: it sends a request to port 80, which a user vserver with HTTP serves.'
  ),
  keyType: z.enum(acmeKeyTypes).default('P-256').describe(
    'Kind of the certificate\'s key, which is made anew for each order.'
  ),
  ca: name.optional().describe(
    'Certkey whose `ca` verifies the authority\'s own server. Default: the system\'s authorities.'
  ),
  externalAccountBinding: externalAccountBinding.optional().describe(
    'For authorities that know their customers by other accounts.'
  )
}).check(context => {
  const { domains } = context.value
  const twice = domains.findIndex((each, i) => domains.indexOf(each) !== i)
  if (twice >= 0)
    context.issues.push({
      code: 'custom',
      message: `${describeValue(domains[twice])} is there twice`,
      input: domains,
      path: ['domains', twice]
    })
})
export type Acme = z.infer<typeof acme>
