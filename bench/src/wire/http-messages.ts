const BODY = 'Hello, world!\n'

/** The request of the load, and the servers' response. */
export const httpRequest: Buffer = Buffer.from(
  'GET /line/2/temperature HTTP/1.1\r\nHost: bench.example\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n'
)
export const httpResponse: Buffer = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`
)

const CR = 0x0d
const LF = 0x0a

/**
 * Counts HTTP messages in a stream, however it is cut. All begin with the same bytes, and have bodies of one length.
 */
export class HttpCounter {
  readonly #start: Buffer
  readonly #bodyLength: number
  /** Bytes of the current head that have come. */
  #head = 0
  /** Bytes of the end of a head that have come: CR LF CR LF. */
  #end = 0
  /** Bytes of the body that are still to come. */
  #left = 0

  constructor (start: string, bodyLength: number) {
    this.#start = Buffer.from(start)
    this.#bodyLength = bodyLength
  }

  /** How many messages end within these bytes. Throws where a head begins with other bytes. */
  count (bytes: Uint8Array, end: number): number {
    let whole = 0
    let at = 0
    while (at < end) {
      if (this.#left > 0) {
        const step = Math.min(this.#left, end - at)
        at += step
        this.#left -= step
      } else if (this.#onHead(bytes[at++]!)) this.#left = this.#bodyLength
      else continue
      if (this.#left === 0) whole++
    }
    return whole
  }

  /** True at the end of the head. */
  #onHead (byte: number): boolean {
    if (this.#head < this.#start.length && byte !== this.#start[this.#head])
      throw new Error(`no message that begins with "${this.#start.toString()}"`)
    this.#head++
    if (byte === (this.#end % 2 === 0 ? CR : LF)) this.#end++
    else this.#end = byte === CR ? 1 : 0
    if (this.#end < 4) return false
    this.#head = 0
    this.#end = 0
    return true
  }
}

/** Of a connection's requests, and of its responses: no other status is counted. */
export const requestCounter = (): HttpCounter => new HttpCounter('GET /', 0)
export const responseCounter = (): HttpCounter => new HttpCounter('HTTP/1.1 200 ', BODY.length)
