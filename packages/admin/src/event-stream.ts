import { Readable } from 'node:stream'

/** Maximum bytes that wait for one client; later events are dropped. The kernel's buffers hold some more. */
const MAX_WAITING = 256 * 1024
/** A line now and then shows proxies on the way that the stream lives, and finds clients that are gone. */
const BEAT_MS = 15_000

/** Called with the stream that a route's handler writes to; the returned function ends the handler's part. */
export type Subscribe = (stream: EventStream) => () => void

/**
 * Server-sent events (HTML Living Standard §9.2) to one client. A client that reads too slowly loses events and gets
 * their number in an event `dropped`: its queue is bounded.
 */
export class EventStream extends Readable {
  readonly #unsubscribe: () => void
  readonly #beat: NodeJS.Timeout
  #dropped = 0
  #ended = false

  constructor (subscribe: Subscribe) {
    super({ highWaterMark: 16 * 1024 })
    // Sent at once, so that the client knows that it is connected before the first event.
    this.push(': connected\n\n')
    this.#unsubscribe = subscribe(this)
    this.#beat = setInterval(() => {
      if (this.readableLength === 0 && !this.#ended) this.push(': alive\n\n')
    }, BEAT_MS).unref()
  }

  /** Send an event; `data` is sent as JSON. `id`: what a client that comes back names in `Last-Event-ID`. */
  send (type: string, data: object, id?: string): void {
    if (this.destroyed || this.#ended) return
    if (this.readableLength > MAX_WAITING) {
      this.#dropped++
      return
    }
    this.#tellDropped()
    this.push(`${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`)
  }

  /** Tell the client where it is, before the first event. */
  mark (id: string): void { this.push(`id: ${id}\n\n`) }

  /** Count events that were lost before they reached the stream. */
  lost (count: number): void { this.#dropped += count }

  /** The end, after what waits. */
  end (): void {
    if (this.destroyed || this.#ended) return
    this.#ended = true
    this.#tellDropped()
    this.#unsubscribe()
    this.push(null)
  }

  #tellDropped (): void {
    if (this.#dropped === 0) return
    this.push(`event: dropped\ndata: {"count":${this.#dropped}}\n\n`)
    this.#dropped = 0
  }

  override _read (): void { if (!this.#ended) this.#tellDropped() }

  override _destroy (error: Error | null, done: (error?: Error | null) => void): void {
    clearInterval(this.#beat)
    if (!this.#ended) this.#unsubscribe()
    done(error)
  }
}
