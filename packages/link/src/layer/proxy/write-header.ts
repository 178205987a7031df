import type { Peer, ProxiedTls } from '../../client-facts.ts'
import { ipBytes, ipText } from '../../ip-bytes.ts'
import { SIGNATURE } from './read-header.ts'
import { SslFlag, SslTlv, Tlv } from './tlvs.ts'

/** Source and destination of a connection. */
export interface ProxiedAddresses { readonly source: Peer, readonly destination: Peer }

/** Further facts for a header of version 2; undefined ones are omitted. */
export interface SaidOfClient {
  readonly alpn: string | undefined
  readonly authority: string | undefined
  readonly uniqueId: Uint8Array | undefined
  readonly tls: ProxiedTls | undefined
}

const MAX_TLV = 512
/** In front of an IPv4 address that is written as IPv6 (RFC 4291 §2.5.5.2). */
const MAPPED = Buffer.from('00000000000000000000ffff', 'hex')

/** Both addresses in one family: an IPv4 address beside an IPv6 one is written as that. */
const bytesOf = ({ source, destination }: ProxiedAddresses): { readonly from: Buffer, readonly to: Buffer } => {
  const [from, to] = [ipBytes(source.address), ipBytes(destination.address)]
  if (from.length === to.length) return { from, to }
  return {
    from: from.length === 4 ? Buffer.concat([MAPPED, from]) : from,
    to: to.length === 4 ? Buffer.concat([MAPPED, to]) : to
  }
}

/** A header of version 1. */
export const writeLine = (addresses: ProxiedAddresses): Buffer => {
  const { from, to } = bytesOf(addresses)
  const { source, destination } = addresses
  const six = from.length === 16
  const text = (bytes: Buffer): string => `${six && bytes.indexOf(MAPPED) === 0 ? '::ffff:' : ''}${ipText(bytes)}`
  return Buffer.from(
    `PROXY ${six ? 'TCP6' : 'TCP4'} ${text(from)} ${text(to)} ${source.port} ${destination.port}\r\n`,
    'latin1'
  )
}

/** A header of version 2. */
export const writeBinary = (addresses: ProxiedAddresses, said: SaidOfClient): Buffer => {
  const { from, to } = bytesOf(addresses)
  const ports = Buffer.alloc(4)
  ports.writeUInt16BE(addresses.source.port, 0)
  ports.writeUInt16BE(addresses.destination.port, 2)
  const body = Buffer.concat([
    from, to, ports,
    ...text(Tlv.alpn, said.alpn), ...text(Tlv.authority, said.authority),
    ...said.uniqueId === undefined ? [] : [tlv(Tlv.uniqueId, said.uniqueId)],
    ...said.tls === undefined ? [] : [tlv(Tlv.ssl, tlsBytes(said.tls))]
  ])
  // PROXY of version 2; TCP over IPv4 or IPv6.
  const fixed = Buffer.from([0x21, from.length === 4 ? 0x11 : 0x21, 0, 0])
  fixed.writeUInt16BE(body.length, 2)
  return Buffer.concat([SIGNATURE, fixed, body])
}

const tlv = (type: number, value: Uint8Array): Buffer => {
  const head = Buffer.from([type, 0, 0])
  head.writeUInt16BE(value.length, 1)
  return Buffer.concat([head, value])
}

/** None for a text that is longer than anything which is one: the header stays shorter than a segment. */
const text = (type: number, value: string | undefined): Buffer[] => {
  const bytes = Buffer.from(value ?? '')
  return bytes.length === 0 || bytes.length > MAX_TLV ? [] : [tlv(type, bytes)]
}

const tlsBytes = (tls: ProxiedTls): Buffer => {
  const flags = SslFlag.ssl | (tls.certificate ? SslFlag.certificateNow | SslFlag.certificateInSession : 0)
  return Buffer.concat([
    Buffer.from([flags, 0, 0, 0, tls.certificate && tls.verified ? 0 : 1]),
    ...text(SslTlv.version, tls.version),
    ...text(SslTlv.commonName, tls.commonName),
    ...text(SslTlv.cipher, tls.cipher),
    ...text(SslTlv.signatureAlgorithm, tls.signatureAlgorithm),
    ...text(SslTlv.keyAlgorithm, tls.keyAlgorithm)
  ])
}
