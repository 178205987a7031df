import type { Proxied, ProxiedTls } from '../../client-facts.ts'
import { crc32c } from './crc32c.ts'
import { NoHeader } from './no-header.ts'

/** The types of TLVs that are read or written (§2.2). */
export const Tlv = { alpn: 0x01, authority: 0x02, crc32c: 0x03, uniqueId: 0x05, ssl: 0x20 } as const
/** The types inside of `Tlv.ssl`. */
export const SslTlv = {
  version: 0x21,
  commonName: 0x22,
  cipher: 0x23,
  signatureAlgorithm: 0x24,
  keyAlgorithm: 0x25
} as const
/** Flags of `Tlv.ssl`: the client used TLS; it gave a certificate in this connection, or in this session. */
export const SslFlag = { ssl: 1, certificateNow: 2, certificateInSession: 4 } as const

/** Bytes of `Tlv.ssl` before its own TLVs: flags, and the result of the verification. */
export const SSL_FIXED = 5
/** Longest unique ID (§2.2.5). */
const MAX_ID = 128

/** Further facts in a header of version 2. */
export type ProxyTlvs = Pick<Proxied, 'alpn' | 'authority' | 'uniqueId' | 'tls'>

export const NO_TLVS: ProxyTlvs = {}

/** Calls `each` with every TLV of `bytes[from..)`; false where they do not end where the bytes do. */
const walk = (bytes: Buffer, from: number, each: (type: number, at: number, to: number) => void): boolean => {
  let at = from
  while (at + 3 <= bytes.length) {
    const to = at + 3 + bytes.readUInt16BE(at + 1)
    if (to > bytes.length) return false
    each(bytes[at]!, at + 3, to)
    at = to
  }
  return at === bytes.length
}

/** Returns the TLVs of a header, which are `header[from..)`. Unknown types are skipped. */
export const readTlvs = (header: Buffer, from: number): ProxyTlvs | NoHeader => {
  const found: { -readonly [K in keyof ProxyTlvs]: ProxyTlvs[K] } = {}
  let fault: string | undefined
  const sound = walk(header, from, (type, at, to) => {
    switch (type) {
      case Tlv.alpn: found.alpn = header.toString('utf8', at, to); break
      case Tlv.authority: found.authority = header.toString('utf8', at, to); break
      case Tlv.uniqueId:
        if (to - at > MAX_ID) fault = `the unique ID has ${to - at} bytes; the most are ${MAX_ID}`
        found.uniqueId = header.toString('hex', at, to)
        break
      case Tlv.crc32c:
        if (to - at !== 4) fault = `the checksum has ${to - at} bytes, not 4`
        else if (header.readUInt32BE(at) !== crc32c(header, at, to))
          fault = 'the checksum (CRC32C) is not that of the header'
        break
      case Tlv.ssl:
        if (to - at < SSL_FIXED) fault = `the TLV about TLS has ${to - at} bytes; the fewest are ${SSL_FIXED}`
        // Without the flag the client spoke plain TCP to the balancer.
        else if ((header[at]! & SslFlag.ssl) !== 0) fault ??= readTls(header.subarray(at, to), found)
    }
  })
  if (!sound) return new NoHeader('a TLV of the header reaches beyond its end')
  return fault === undefined ? found : new NoHeader(fault)
}

/** Returns what is wrong with it. */
const readTls = (bytes: Buffer, into: { tls?: ProxiedTls | undefined }): string | undefined => {
  const certificate = (bytes[0]! & (SslFlag.certificateNow | SslFlag.certificateInSession)) !== 0
  const tls: { -readonly [K in keyof ProxiedTls]: ProxiedTls[K] } = {
    certificate,
    verified: certificate && bytes.readUInt32BE(1) === 0
  }
  into.tls = tls
  const sound = walk(bytes, SSL_FIXED, (type, at, to) => {
    const text = bytes.toString('utf8', at, to)
    switch (type) {
      case SslTlv.version: tls.version = text; break
      case SslTlv.commonName: tls.commonName = text; break
      case SslTlv.cipher: tls.cipher = text; break
      case SslTlv.signatureAlgorithm: tls.signatureAlgorithm = text; break
      case SslTlv.keyAlgorithm: tls.keyAlgorithm = text
    }
  })
  return sound ? undefined : 'a TLV about TLS reaches beyond its end'
}
