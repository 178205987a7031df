import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

/** Bytes that all peeked bodies of this process hold together: a slow client could hold its part for long. */
export const MOST_HELD = 67_108_864
let held = 0

/** The beginning of a request's body, read before the body is forwarded. */
export class PeekedBody {
  readonly #request: IncomingMessage
  readonly #limit: number
  readonly #done: (body: Buffer | 'full') => void
  readonly #parts: Buffer[] = []
  #size = 0
  #held = 0
  #ended = false

  /** `done` is called once: when `limit` bytes are here, or all; or with `full`, when there is no room for more. */
  constructor (request: IncomingMessage, limit: number, done: (body: Buffer | 'full') => void) {
    this.#request = request
    this.#limit = limit
    this.#done = done
    request.on('data', this.#onData)
    request.on('end', this.#onEnd)
  }

  readonly #onData = (part: Buffer): void => {
    this.#parts.push(part)
    this.#size += part.length
    this.#held += part.length
    held += part.length
    if (this.#size >= this.#limit) this.#finish(false)
    else if (held > MOST_HELD) this.#finish(true)
  }

  readonly #onEnd = (): void => {
    this.#ended = true
    this.#finish(false)
  }

  #finish (full: boolean): void {
    const request = this.#request
    request.off('data', this.#onData)
    request.off('end', this.#onEnd)
    request.pause()
    const body = Buffer.concat(this.#parts)
    this.#parts.splice(0, this.#parts.length, body)
    this.#done(full ? 'full' : body.subarray(0, this.#limit))
  }

  /** The whole body, to be forwarded. It can be taken again for another server where all of it was read. */
  whole (): Buffer | Readable {
    const [body] = this.#parts
    return this.#ended ? body! : Readable.from(joined(body!, this.#request), { objectMode: false })
  }

  /** The request is over: nothing of it is held any more. */
  letGo (): void {
    held -= this.#held
    this.#held = 0
    this.#request.off('data', this.#onData)
    this.#request.off('end', this.#onEnd)
  }
}

async function * joined (beginning: Buffer, rest: IncomingMessage): AsyncGenerator<Buffer> {
  yield beginning
  yield * rest as AsyncIterable<Buffer>
}
