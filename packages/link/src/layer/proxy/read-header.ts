import { isIP } from 'node:net'
import { canonicalAddress } from '@weirlb/model'
import type { Peer } from '../../client-facts.ts'
import { ipText } from '../../ip-bytes.ts'
import { NoHeader } from './no-header.ts'
import { NO_TLVS, readTlvs, type ProxyTlvs } from './tlvs.ts'

/** Start of a header of version 2. */
export const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const START = Buffer.from('PROXY ', 'latin1')
/** Longest line of version 1, with its end (§2.1). */
const MAX_LINE = 107
/** Bytes of a header of version 2 before its addresses. */
const FIXED = 16
/** Longest header of version 2: the standard has 64 KiB, of which what is kept here needs little. */
export const MAX_HEADER = 2048

/**
 * A header of the PROXY protocol, https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt (its sections are cited
 * as §).
 */
export interface ProxyHeader {
  readonly version: 1 | 2
  /** Its bytes. */
  readonly length: number
  /**
   * The client's address and the one it connected to. Undefined: the connection is the sender's own (LOCAL), or the
   * sender gives none (UNKNOWN, UNSPEC, a Unix socket).
   */
  readonly addresses: { readonly source: Peer, readonly destination: Peer } | undefined
  readonly tlvs: ProxyTlvs
}

/** The header at the beginning of these bytes; undefined where more are needed. */
export const readHeader = (bytes: Buffer): ProxyHeader | NoHeader | undefined => {
  if (begins(bytes, SIGNATURE)) return bytes.length < FIXED ? undefined : readBinary(bytes)
  if (begins(bytes, START)) return readLine(bytes)
  return new NoHeader(
    `expected a header of the PROXY protocol; got 0x${
      bytes.toString('hex', 0, Math.min(bytes.length, SIGNATURE.length))
    }`
  )
}

const begins = (bytes: Buffer, start: Buffer): boolean => {
  const length = Math.min(bytes.length, start.length)
  return bytes.compare(start, 0, length, 0, length) === 0
}

// ── version 1 ──────────────────────────────────────────────────────────────

const known = /^PROXY (TCP4|TCP6) ([^ ]+) ([^ ]+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})$/

const readLine = (bytes: Buffer): ProxyHeader | NoHeader | undefined => {
  const head = bytes.toString('latin1', 0, MAX_LINE)
  const end = head.indexOf('\r\n')
  if (end < 0) {
    // A carriage return may be the last byte that has come.
    const strange = /[^\x20-\x7e\r]|\r[^]/.exec(head)
    if (strange !== null)
      return new NoHeader(`byte ${strange.index} of the line of version 1 is neither text nor the line's end`)
    return bytes.length >= MAX_LINE
      ? new NoHeader(`the line of version 1 has no end within ${MAX_LINE} bytes`)
      : undefined
  }
  const line = head.slice(0, end)
  const length = end + 2
  // §2.1: whatever follows UNKNOWN is ignored.
  if (/^PROXY UNKNOWN(?: .*)?$/.test(line)) return { version: 1, length, addresses: undefined, tlvs: NO_TLVS }
  const match = known.exec(line)
  if (match === null)
    return new NoHeader(
      `the line of version 1 is not of the form 'PROXY TCP4|TCP6 source destination port port': ${JSON.stringify(line)}`
    )
  const [, family, source, destination, sourcePort, destinationPort] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string
  ]
  // nginx writes TCP6 with an IPv4 destination, when it listens on IPv4 behind a balancer whose client has IPv6.
  const fits = family === 'TCP4'
    ? isIP(source) === 4 && isIP(destination) === 4
    : isIP(source) === 6 && isIP(destination) !== 0
  if (!fits)
    return new NoHeader(
      `the line of version 1 says ${family}, and has the addresses ${JSON.stringify(source)} and ${
        JSON.stringify(destination)
      }`
    )
  const [from, to] = [Number(sourcePort), Number(destinationPort)]
  if (from > 65_535 || to > 65_535)
    return new NoHeader(`the line of version 1 has the ports ${from} and ${to}, of which none is over 65535`)
  const addresses = {
    source: { address: canonicalAddress(source), port: from },
    destination: { address: canonicalAddress(destination), port: to }
  }
  return { version: 1, length, addresses, tlvs: NO_TLVS }
}

// ── version 2 ──────────────────────────────────────────────────────────────

const LOCAL = 0
const PROXY = 1
/** Bytes of an address, by family: unspecified, IPv4, IPv6, Unix. */
const ADDRESS_BYTES = [0, 4, 16, 108] as const
const FAMILIES = ['UNSPEC', 'IPv4', 'IPv6', 'Unix'] as const
const UNIX = 3
const STREAM = 1
const DGRAM = 2

const readBinary = (bytes: Buffer): ProxyHeader | NoHeader | undefined => {
  const command = bytes[12]! & 15
  const family = bytes[13]! >> 4
  const protocol = bytes[13]! & 15
  const length = FIXED + bytes.readUInt16BE(14)
  if (bytes[12]! >> 4 !== 2) return new NoHeader(`the binary header is of version ${bytes[12]! >> 4}; there is 2`)
  if (command > PROXY) return new NoHeader(`the command of version 2 is ${command}; there are 0 (LOCAL) and 1 (PROXY)`)
  if (length > MAX_HEADER)
    return new NoHeader(`the header of version 2 is of ${length} bytes; the most are ${MAX_HEADER}`)
  // §2.2: of LOCAL the family is ignored, with all that follows.
  if (command === PROXY && (family > UNIX || protocol > DGRAM))
    return new NoHeader(
      `the family of version 2 is 0x${bytes.toString('hex', 13, 14)}, which the standard does not have`
    )
  if (bytes.length < length) return undefined
  if (command === LOCAL) return { version: 2, length, addresses: undefined, tlvs: NO_TLVS }
  const size = ADDRESS_BYTES[family]!
  const portBytes = size > 0 && family !== UNIX ? 4 : 0
  const end = FIXED + 2 * size + portBytes
  if (end > length)
    return new NoHeader(
      `the header of version 2 has ${length - FIXED} bytes for addresses of ${FAMILIES[family]}, which take ${
        end - FIXED
      }`
    )
  const tlvs = readTlvs(bytes.subarray(0, length), end)
  if (tlvs instanceof NoHeader) return tlvs
  if (portBytes === 0 || protocol !== STREAM) return { version: 2, length, addresses: undefined, tlvs }
  const ports = FIXED + 2 * size
  return {
    version: 2,
    length,
    addresses: {
      source: { address: ipText(bytes.subarray(FIXED, FIXED + size)), port: bytes.readUInt16BE(ports) },
      destination: { address: ipText(bytes.subarray(FIXED + size, ports)), port: bytes.readUInt16BE(ports + 2) }
    },
    tlvs
  }
}
