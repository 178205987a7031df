// A prototype that tells what links cost from what Weir does with them: it forwards commands with one key, and merges
// the replies in each client's order. usage: proxy-links.ts shared|own node|uring PORT…
// `shared` has one link to each server for all clients, as twemproxy has; `own` has one for each client and server, as
// Weir has. Nothing is validated, limited, counted or closed in order, and only GET is understood.
import { type ByteLink, chooseTransport, type LinkSink } from '@weirlb/link'
import { answerUsage } from '../processes/answer-usage.ts'

const [, , kind, which, ...ports] = process.argv
const { transport } = chooseTransport(which === 'uring' ? 'uring' : 'node')
const CR = 13
const ZERO = 48

/** A reply, from its request to its turn. */
interface Place { readonly client: Client, bytes: Uint8Array | undefined }

/** Bytes of a stream that are not a whole message, or are to be written together. */
class Pile {
  bytes = new Uint8Array(256)
  length = 0
  add (from: Uint8Array, start: number, end: number): void {
    if (this.length + end - start > this.bytes.length) {
      const before = this.bytes
      this.bytes = new Uint8Array(2 * (this.length + end - start))
      this.bytes.set(before)
    }
    for (let i = start; i < end; i++) this.bytes[this.length++] = from[i]!
  }
}

let at = 0
/** Read the number before a line end, behind its first byte at `i`; `at` is then behind the line. -1: not all is here. */
const number = (bytes: Uint8Array, i: number, to: number): number => {
  let value = 0
  for (at = i + 1; at < to && bytes[at] !== CR; at++) value = value * 10 + bytes[at]! - ZERO
  at += 2
  return at > to ? -1 : value
}

/** One end of a link: its bytes by whole messages, and what is written to it in a turn of the loop. */
abstract class End implements LinkSink {
  link: ByteLink | undefined
  readonly #rest = new Pile()
  readonly #out = new Pile()
  #due = false

  /** Take whole messages from the front. Returns where the first incomplete one begins. */
  protected abstract take (bytes: Uint8Array, to: number): number

  onBytes (bytes: Uint8Array): void {
    const rest = this.#rest
    if (rest.length > 0) rest.add(bytes, 0, bytes.length)
    const [all, to] = rest.length > 0 ? [rest.bytes, rest.length] : [bytes, bytes.length]
    const taken = this.take(all, to)
    rest.length = 0
    if (taken < to) rest.add(all.slice(taken, to), 0, to - taken)
  }

  put (bytes: Uint8Array, from: number, to: number): void {
    this.#out.add(bytes, from, to)
    if (this.#due) return
    this.#due = true
    due.push(this)
    if (due.length === 1) setImmediate(writeDue)
  }

  write (): void {
    this.#due = false
    if (this.link === undefined || this.#out.length === 0) return
    this.link.write(this.#out.bytes.subarray(0, this.#out.length))
    this.#out.length = 0
  }

  onEnd (): void { this.link?.close() }
  onDrained (): void {}
  onClosed (): void {}
  onFault (error: unknown): void { throw error }
}

/** Those with something to write. */
const due: End[] = []
const writeDue = (): void => {
  for (const end of due) end.write()
  due.length = 0
}

class Server extends End {
  readonly asked: Place[] = []
  #first = 0

  constructor (port: number) {
    super()
    transport.dial({ address: '127.0.0.1', port, timeoutMs: 5000 }, {
      onConnected: link => {
        this.link = link
        link.sink = this
        this.write()
      },
      onFailed: error => { throw new Error(error.message) }
    })
  }

  protected take (bytes: Uint8Array, to: number): number {
    let from = 0
    for (;;) {
      if (from >= to) return from
      const length = number(bytes, from, to)
      if (length < 0 || at + length + 2 > to) return from
      const end = at + length + 2
      const place = this.asked[this.#first++]!
      if (this.#first === 1024) {
        this.asked.splice(0, 1024)
        this.#first = 0
      }
      place.client.reply(place, bytes, from, end)
      from = end
    }
  }
}

const shared = kind === 'shared' ? ports.map(port => new Server(Number(port))) : []

class Client extends End {
  readonly #servers = kind === 'shared' ? shared : ports.map(port => new Server(Number(port)))
  readonly #places: Place[] = []

  constructor (link: ByteLink) {
    super()
    this.link = link
    link.sink = this
  }

  protected take (bytes: Uint8Array, to: number): number {
    let from = 0
    for (;;) {
      if (from >= to) return from
      const elements = number(bytes, from, to)
      if (elements < 0) return from
      let keyFrom = 0
      let keyTo = 0
      for (let n = 0; n < elements; n++) {
        const length = number(bytes, at, to)
        if (length < 0 || at + length + 2 > to) return from
        if (n === 1) {
          keyFrom = at
          keyTo = at + length
        }
        at += length + 2
      }
      const end = at
      let hash = 0x811c9dc5
      for (let i = keyFrom; i < keyTo; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
      const server = this.#servers[(hash ^ hash >>> 15) >>> 1 & 3]!
      const place: Place = { client: this, bytes: undefined }
      this.#places.push(place)
      server.asked.push(place)
      server.put(bytes, from, end)
      from = end
    }
  }

  reply (place: Place, bytes: Uint8Array, from: number, to: number): void {
    const places = this.#places
    if (places[0] !== place) {
      place.bytes = bytes.slice(from, to)
      return
    }
    this.put(bytes, from, to)
    places.shift()
    for (let next = places[0]; next?.bytes !== undefined; next = places[0]) {
      this.put(next.bytes, 0, next.bytes.length)
      places.shift()
    }
  }

  override onClosed (): void { if (kind === 'own') for (const server of this.#servers) server.link?.close() }
}

const listener = await transport.listen({ address: '127.0.0.1', port: 0, reusePort: false }, {
  onLink: link => { void new Client(link) }
})
process.send!({ port: listener.port })
answerUsage()
