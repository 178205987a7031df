// WebSocket frames by hand, for what no client of the library would send.
import net from 'node:net'
import { until } from '@weirlb/testing'

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const MASK = Buffer.of(0x37, 0xfa, 0x21, 0x3d)

/** Opcodes (RFC 6455 §5.2). */
export const CONTINUATION = 0
export const TEXT = 1
export const BINARY = 2
export const CLOSE = 8
export const PING = 9
export const PONG = 10

/** What a frame differs in from a whole and masked one. */
export interface FrameShape {
  readonly fin?: boolean
  /** Reserved bits, 0 to 7. */
  readonly rsv?: number
  readonly masked?: boolean
  /** Field that the length is written in: 7, 16 or 64 bits. Default: the shortest. */
  readonly lengthBits?: 7 | 16 | 64
  /** Length to claim, where it is not the payload's. */
  readonly claims?: bigint
}

/** A frame of a client. */
export const frame = (
  opcode: number,
  payload: Uint8Array | string = '',
  { fin = true, rsv = 0, masked = true, lengthBits, claims }: FrameShape = {}
): Buffer => {
  const body = Buffer.from(payload)
  const length = claims ?? BigInt(body.length)
  const bits = lengthBits ?? (length < 126n ? 7 : length < 65_536n ? 16 : 64)
  const header = Buffer.alloc(bits === 7 ? 2 : bits === 16 ? 4 : 10)
  header[0] = (fin ? 0x80 : 0) | rsv << 4 | opcode
  header[1] = (masked ? 0x80 : 0) | (bits === 7 ? Number(length) : bits === 16 ? 126 : 127)
  if (bits === 16) header.writeUInt16BE(Number(length), 2)
  if (bits === 64) header.writeBigUInt64BE(length, 2)
  if (!masked) return Buffer.concat([header, body])
  for (let i = 0; i < body.length; i++) body[i]! ^= MASK[i % 4]!
  return Buffer.concat([header, MASK, body])
}

/** A Close frame with a code and a reason. */
export const closeFrame = (code: number, reason: Uint8Array | string = ''): Buffer => {
  const payload = Buffer.alloc(2 + Buffer.byteLength(Buffer.from(reason)))
  payload.writeUInt16BE(code)
  payload.set(Buffer.from(reason), 2)
  return frame(CLOSE, payload)
}

/** Headers of a request for a WebSocket; `undefined` leaves one out. */
export const upgradeRequest = (path: string, headers: Readonly<Record<string, string | undefined>> = {}): string => {
  const all = {
    Host: 'edge.test',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': KEY,
    ...headers
  }
  return `GET ${path} HTTP/1.1\r\n${
    Object.entries(all).flatMap(([name, value]) => value === undefined ? [] : [`${name}: ${value}\r\n`]).join('')
  }\r\n`
}

/** A client that speaks HTTP and WebSocket byte by byte. */
export class RawWebSocket {
  readonly socket: net.Socket
  #bytes = Buffer.alloc(0)
  /** Status line and headers of the answer. */
  head = ''
  /** Data of the messages that came, one after the other. */
  data = Buffer.alloc(0)
  /** Opcodes of the data frames that came. */
  readonly kinds: number[] = []
  /** Payloads of pongs. */
  readonly pongs: string[] = []
  pings = 0
  /** Code of the Close frame that came; 0 where it had none. */
  closeCode: number | undefined
  closeReason = ''
  closed = false

  constructor (port: number) {
    this.socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    this.socket.on('data', chunk => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      this.#read()
    })
    this.socket.on('error', () => {})
    this.socket.on('close', () => { this.closed = true })
  }

  /** Ask for a WebSocket, and wait until it stands. */
  static async open (
    port: number,
    path = '/',
    headers: Readonly<Record<string, string | undefined>> = {}
  ): Promise<RawWebSocket> {
    const client = new RawWebSocket(port)
    client.socket.write(upgradeRequest(path, headers))
    await until(
      () => client.head !== '' || (client.closed && Promise.reject(new Error('closed before an answer came'))),
      'the answer to an upgrade'
    )
    if (!client.head.startsWith('HTTP/1.1 101')) throw new Error(client.head)
    return client
  }

  get status (): number { return Number(this.head.split(' ', 2)[1]) }
  /** What came behind the head and is no frame. */
  get rest (): string { return this.#bytes.toString() }

  #read (): void {
    if (this.head === '') {
      const end = this.#bytes.indexOf('\r\n\r\n')
      if (end < 0) return
      this.head = this.#bytes.toString('latin1', 0, end)
      this.#bytes = this.#bytes.subarray(end + 4)
    }
    if (this.status === 101) while (this.#frame()) { /* The next one. */ }
  }

  #frame (): boolean {
    const bytes = this.#bytes
    if (bytes.length < 2) return false
    const short = bytes[1]! & 0x7f
    const header = short < 126 ? 2 : short === 126 ? 4 : 10
    if (bytes.length < header) return false
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
    if (bytes.length < header + length) return false
    const payload = bytes.subarray(header, header + length)
    this.#bytes = bytes.subarray(header + length)
    const opcode = bytes[0]! & 15
    if (opcode === CLOSE) {
      this.closeCode = length < 2 ? 0 : payload.readUInt16BE(0)
      this.closeReason = payload.toString('utf8', 2)
    } else if (opcode === PONG) this.pongs.push(payload.toString('latin1'))
    else if (opcode === PING) this.pings++
    else {
      this.kinds.push(opcode)
      this.data = Buffer.concat([this.data, payload])
    }
    return true
  }
}
