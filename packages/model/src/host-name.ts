import { z } from 'zod'
import { canonicalAddress, ipFamily } from './address.ts'
import { describeValue } from './describe-value.ts'
import { hostFault } from './host.ts'

/** Stands for every name, and for clients that give none. */
export const ANY_HOST = '*'

/**
 * Returns a host name as names are compared: lower case, in its ASCII form (IDNA), and without the trailing dot. Other
 * text stays as it is, in lower case.
 */
export const canonicalHost = (text: string): string => {
  const lower = text.toLowerCase()
  // measured: asking whether it is an address takes 9 µs, and this is done for every request.
  if (lower.includes(':')) return canonicalAddress(lower)
  return withoutDot(isAscii(lower) ? lower : asciiForm(lower))
}

const withoutDot = (name: string): string => name.endsWith('.') && name !== '*.' ? name.slice(0, -1) : name

const isAscii = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false
  return true
}

/** What ends the host of a URL, or is left out of it. */
const NO_HOST = /[\s/?#@\\%]/

const asciiForm = (name: string): string => {
  if (NO_HOST.test(name)) return name
  const wildcard = name.startsWith('*.') ? '*.' : ''
  const url = `http://${name.slice(wildcard.length)}`
  return URL.canParse(url) ? wildcard + new URL(url).hostname : name
}

/** Returns the fault of a text that should be a host name, `*.` and a host name, or `*`; undefined for a valid one. */
const patternFault = (text: string, addresses: boolean): string | undefined => {
  if (text === ANY_HOST) return undefined
  const name = text.startsWith('*.') ? text.slice(2) : text
  if (name.includes('*'))
    return 'a wildcard stands for whole labels at the beginning, as in "*.example.com", and nowhere else'
  if (/^\[?[^[\]]*\]?:\d+$/.test(name) && ipFamily(name) === undefined)
    return 'expected a name without a port: every port of a host is the same name'
  const isAddress = ipFamily(name) !== undefined
  if (isAddress && !addresses) return 'expected a host name: TLS clients send no addresses (RFC 6066 §3)'
  if (isAddress && name !== text) return 'an address has no labels that a wildcard could stand for'
  return name === '' ? 'expected a host name' : hostFault(name)
}

const pattern = (addresses: boolean): z.ZodType<string, string> =>
  z.string().max(253).overwrite(canonicalHost).check(context => {
    const fault = patternFault(context.value, addresses)
    if (fault !== undefined)
      context.issues.push({
        code: 'custom',
        message: `${fault}; got ${describeValue(context.value)}. Choices: a name, "*." and a name, or "*"`,
        input: context.value
      })
  })

/** A name in the Host header of requests: exact, with a wildcard, or `*`. It is kept in the form of `canonicalHost`. */
export const hostPattern = pattern(true)

/** The same of a TLS ClientHello, where no addresses are (RFC 6066 §3). */
export const serverNamePattern = pattern(false)

/**
 * Returns the name in a Host header, in the form of `canonicalHost`: without the port, and without an IPv6 address's
 * brackets.
 */
export const hostOfHeader = (header: string): string => {
  if (header.startsWith('[')) return canonicalHost(header.slice(1, header.indexOf(']')))
  const colon = header.lastIndexOf(':')
  return canonicalHost(colon < 0 ? header : header.slice(0, colon))
}
