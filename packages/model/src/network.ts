import { z } from 'zod'
import { ipFamily } from './address.ts'
import { describeValue } from './describe-value.ts'

/** An IP address, or a network as its first address and the length of its prefix. */
export interface Network { readonly address: string, readonly prefix: number, readonly family: 'ipv4' | 'ipv6' }

const BITS = { ipv4: 32, ipv6: 128 } as const

/** Parses a text in the form of `network`; undefined for other text. */
export const parseNetwork = (text: string): Network | undefined => {
  const slash = text.indexOf('/')
  const address = slash < 0 ? text : text.slice(0, slash)
  const version = ipFamily(address)
  if (version === undefined || address.includes('%')) return undefined
  const family = version === 4 ? 'ipv4' : 'ipv6'
  if (slash < 0) return { address, prefix: BITS[family], family }
  const prefix = text.slice(slash + 1)
  return /^(0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= BITS[family]
    ? { address, prefix: Number(prefix), family }
    : undefined
}

/** An IP address or a network: `192.0.2.1`, `10.0.0.0/8`, `2001:db8::/32`. */
export const network = z.string().max(64).check(context => {
  if (parseNetwork(context.value) === undefined) {
    context.issues.push({
      code: 'custom',
      message: `expected an IP address or a network such as 10.0.0.0/8 or 2001:db8::/32; got ${
        describeValue(context.value)
      }`,
      input: context.value
    })
  }
})
