// TLS client hellos by hand, for what no client would send (RFC 8446 §4.1.2).
import { generateKeyPairSync } from 'node:crypto'

/** Numbers of extensions. */
export const EXTENSION = {
  serverName: 0,
  maxFragmentLength: 1,
  status: 5,
  groups: 10,
  pointFormats: 11,
  signatures: 13,
  heartbeat: 15,
  alpn: 16,
  encryptThenMac: 22,
  extendedSecret: 23,
  recordSizeLimit: 28,
  ticket: 35,
  psk: 41,
  earlyData: 42,
  versions: 43,
  cookie: 44,
  pskModes: 45,
  keyShare: 51,
  renegotiation: 0xff01
} as const

export const u8 = (n: number): Buffer => Buffer.of(n)
export const u16 = (...numbers: readonly number[]): Buffer => Buffer.from(numbers.flatMap(n => [n >> 8 & 255, n & 255]))
const u24 = (n: number): Buffer => Buffer.of(n >> 16 & 255, n >> 8 & 255, n & 255)
/** A vector with a length of one byte, and one of two. */
export const short = (...parts: readonly Uint8Array[]): Buffer => { const body = Buffer.concat(parts); return Buffer.concat([u8(body.length), body]) }
export const long = (...parts: readonly Uint8Array[]): Buffer => { const body = Buffer.concat(parts); return Buffer.concat([u16(body.length), body]) }

export type Extension = readonly [type: number, body: Uint8Array]

/** One entry of a list of names. */
export const nameEntry = (name: string | Uint8Array, type = 0): Buffer =>
  Buffer.concat([u8(type), long(Buffer.from(name))])
export const serverName = (...entries: readonly Uint8Array[]): Extension => [EXTENSION.serverName, long(...entries)]
export const named = (name: string | Uint8Array): Extension => serverName(nameEntry(name))

const x25519 = Buffer.from(generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }).x!, 'base64url')
export const share = (group: number, key: Uint8Array = x25519): Buffer => Buffer.concat([u16(group), long(key)])

/** What a hello differs in from a usual one of TLS 1.3 and 1.2. */
export interface HelloShape {
  readonly version?: number
  readonly random?: Uint8Array
  readonly session?: Uint8Array
  readonly ciphers?: readonly number[]
  readonly compression?: readonly number[]
  /** In place of those of the same type; an undefined body leaves it out. */
  readonly with?: readonly (readonly [type: number, body: Uint8Array | undefined])[]
  /** Behind all others. */
  readonly more?: readonly Extension[]
  /** In place of the whole block of extensions, with its length. */
  readonly block?: Uint8Array
  /** Behind the block. */
  readonly rest?: Uint8Array
  /** The hello's type and length, where they are not the real ones. */
  readonly type?: number
  readonly length?: number
  readonly recordVersion?: number
  /** Largest record. */
  readonly records?: number
}

/** The extensions of TLS 1.3 and TLS 1.2. */
const usual: readonly Extension[] = [
  named('red.test'),
  [EXTENSION.groups, long(u16(29, 23))],
  [EXTENSION.pointFormats, short(u8(0))],
  [EXTENSION.signatures, long(u16(0x0403, 0x0804, 0x0401))],
  [EXTENSION.extendedSecret, Buffer.alloc(0)],
  [EXTENSION.versions, short(u16(0x0304, 0x0303))],
  [EXTENSION.pskModes, short(u8(1))],
  [EXTENSION.keyShare, long(share(29))]
]

const extension = ([type, body]: Extension): Buffer => Buffer.concat([u16(type), long(body)])

/** A handshake message of a hello, without records. */
export const helloMessage = (shape: HelloShape = {}): Buffer => {
  const given = shape.with ?? []
  const kept = usual.flatMap(([type, body]): Extension[] => {
    const other = given.find(([changed]) => changed === type)
    return other === undefined ? [[type, body]] : other[1] === undefined ? [] : [[type, other[1]]]
  })
  const added = given.flatMap(([type, body]): Extension[] =>
    body === undefined || usual.some(([known]) => known === type) ? [] : [[type, body]]
  )
  const body = Buffer.concat([
    u16(shape.version ?? 0x0303),
    shape.random ?? Buffer.alloc(32, 7),
    short(shape.session ?? Buffer.alloc(32, 9)),
    long(u16(...shape.ciphers ?? [0x1301, 0x1302, 0xc02b, 0xc02c])),
    short(Buffer.from(shape.compression ?? [0])),
    shape.block ?? long(...[...kept, ...added, ...shape.more ?? []].map(extension)),
    shape.rest ?? Buffer.alloc(0)
  ])
  return Buffer.concat([u8(shape.type ?? 1), u24(shape.length ?? body.length), body])
}

/** Records of type 22 with this message. */
export const recordsOf = (message: Uint8Array, size = 16_384, version = 0x0301, type = 22): Buffer => {
  const parts: Buffer[] = []
  for (let at = 0; at < message.length; at += size)
    parts.push(Buffer.concat([u8(type), u16(version), long(message.subarray(at, at + size))]))
  return Buffer.concat(parts)
}

/** A hello as a client sends it. */
export const hello = (shape: HelloShape = {}): Buffer =>
  recordsOf(helloMessage(shape), shape.records, shape.recordVersion)

/** The extensions of TLS 1.2 alone. */
export const tls12: HelloShape = {
  ciphers: [0xc02b, 0xc02c],
  with: [[EXTENSION.versions, undefined], [EXTENSION.keyShare, undefined], [EXTENSION.pskModes, undefined]]
}
