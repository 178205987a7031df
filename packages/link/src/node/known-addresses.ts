import { isIP, type LookupFunction } from 'node:net'
import type { DialOptions } from '../transport.ts'

/** Returns how the name of a dial is looked up: by its known addresses, or else by `lookup`. */
export const lookupOf = ({ addresses }: DialOptions, lookup: LookupFunction): LookupFunction =>
  addresses === undefined ? lookup : (_name, options, found) => {
    const all = addresses.map(address => ({ address, family: isIP(address) }))
    // Not at once: a dial is reported after it has returned.
    setImmediate(() => { if (options.all === true) found(null, all); else found(null, all[0]!.address, all[0]!.family) })
  }
