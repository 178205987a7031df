import { isIP } from 'node:net'
import { ipBytes, ipText } from '@weirlb/link'

/**
 * Returns the key of an address: its network with this length of prefix, `192.0.2.0/24`, or the address itself where
 * the prefix is all of it. IPv4 written as IPv6 is IPv4, and zones are left out. Undefined for other text.
 */
export const networkKey = (address: string, ipv4Prefix: number, ipv6Prefix: number): string | undefined => {
  const zone = address.indexOf('%')
  const plain = zone < 0 ? address : address.slice(0, zone)
  if (isIP(plain) === 0) return undefined
  // The mapped form has no bits of its own.
  const text = ipText(ipBytes(plain))
  const isV6 = text.includes(':')
  const prefix = isV6 ? ipv6Prefix : ipv4Prefix
  if (prefix === (isV6 ? 128 : 32)) return text
  const bytes = ipBytes(text)
  for (let i = 0; i < bytes.length; i++) {
    const kept = Math.min(8, Math.max(0, prefix - 8 * i))
    bytes[i]! &= 0xff << (8 - kept) & 0xff
  }
  return `${ipText(bytes)}/${prefix}`
}
