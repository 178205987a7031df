import { isIP } from 'node:net'
import type { AddressSet } from './address-set.ts'

/** An entry of X-Forwarded-For: an address, perhaps with a port. */
const addressIn = (entry: string): string | undefined => {
  const text = entry.trim()
  const plain = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text
  if (isIP(plain) === 0) return undefined
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1]
  return mapped ?? plain
}

/** Maximum entries that are looked at; the rest is what the client itself has sent. */
const MAX_ENTRIES = 32

/**
 * Returns the client's address behind trusted proxies: the last entry of X-Forwarded-For that is none of theirs. An
 * entry that is no address ends the chain, as nobody trusted has written it. `address`: who has sent the request.
 */
export const forwardedClient = (address: string, header: string | undefined, trusted: AddressSet): string => {
  if (header === undefined || !trusted.has(address)) return address
  let client = address
  const entries = header.split(',')
  for (let n = entries.length - 1; n >= 0 && n >= entries.length - MAX_ENTRIES; n--) {
    const before = addressIn(entries[n]!)
    if (before === undefined) return client
    client = before
    if (!trusted.has(before)) return client
  }
  return client
}
