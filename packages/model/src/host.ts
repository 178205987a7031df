import { z } from 'zod'
import { ipFamily } from './address.ts'
import { describeValue } from './describe-value.ts'
import { parseEndpoint } from './endpoint.ts'

/** Longest host name (RFC 1035 §2.3.4). */
const MAX_HOST = 253

/**
 * One label of a host name. Underscores occur in container names, and letters beyond ASCII are looked up in their
 * ASCII form (IDNA).
 */
const label = /^(?![-])[A-Za-z0-9_\-\u0080-\u{10ffff}]{1,63}(?<!-)$/u

/**
 * Returns the fault of a text that should be an IP address or a host name, with the right form; undefined for a valid
 * one.
 */
export const hostFault = (text: string): string | undefined => {
  if (ipFamily(text) !== undefined) return undefined
  const bare = /^\[([^[\]]+)\]$/.exec(text)?.[1]
  if (bare !== undefined && ipFamily(bare) === 6)
    return `an IPv6 address stands without brackets here: ${describeValue(bare)}`
  const url = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?([^/?#]*)/i.exec(text)
  if (url !== null) return `expected an IP address or a host name, not a URL${rightForm(url[1]!)}`
  const parts = portApart(text)
  if (parts !== undefined) return `the port has a field of its own${rightForm(text)}`
  if (text.includes(':')) return 'expected an IP address or a host name'
  const labels = (text.endsWith('.') ? text.slice(0, -1) : text).split('.')
  if (!labels.every(part => label.test(part)))
    return 'expected an IP address, or a host name of letters, digits, "-", "_" and "."'
  // getaddrinfo(3) reads `127.1`, `0x7f000001` and `010.0.0.1` as addresses, each in its own way.
  return /^(\d+|0x[0-9a-f]*)$/i.test(labels.at(-1)!)
    ? 'expected an IP address with four numbers, or a host name whose last part is no number'
    : undefined
}

const rightForm = (text: string): string => {
  const parts = portApart(text)
  if (parts === undefined) return hostFault(text) === undefined ? `: ${describeValue(text)}` : ''
  return `: address ${describeValue(parts.host)}, port ${parts.port}`
}

/** `host:80`, `1.2.3.4:80` and `[::1]:80` in their parts. */
const portApart = (text: string): { readonly host: string, readonly port: number } | undefined => {
  const endpoint = parseEndpoint(text)
  if (endpoint?.port !== undefined) return { host: endpoint.address, port: endpoint.port }
  const named = /^([^:/\s[\]]+):(\d{1,5})$/.exec(text)
  return named !== null && hostFault(named[1]!) === undefined ? { host: named[1]!, port: Number(named[2]) } : undefined
}

/** An IP address or a host name, without a port. */
export const host = z.string().min(1).max(MAX_HOST).check(context => {
  const fault = hostFault(context.value)
  if (fault !== undefined)
    context.issues.push({
      code: 'custom',
      message: `${fault}; got ${describeValue(context.value)}`,
      input: context.value
    })
})
