import { MemoryLink, type MemoryLinkEvents } from '@weirlb/engine/rehearsal'
import type { Dial, DialOptions, DialSink, Listener, ListenerEvents, ListenOptions, Transport } from '@weirlb/link'

/** Make the peer of a link send `stream` and then end. */
export const sayAll = (link: MemoryLink, stream: Uint8Array): void => {
  link.says(stream)
  link.ends()
}

/**
 * A transport without sockets, for measuring the code between them. Every server accepts its bytes, and sends
 * `answers` once its client has sent everything. That is when the engine ends the link, or when as many bytes have
 * arrived as the client sends: a server that owes replies is not ended.
 */
export class MemoryTransport implements Transport {
  readonly #answers: Uint8Array
  readonly #expected: number
  #clients: ListenerEvents | undefined

  constructor (answers: Uint8Array, expected: number) {
    this.#answers = answers
    this.#expected = expected
  }

  async listen (options: ListenOptions, events: ListenerEvents): Promise<Listener> {
    this.#clients = events
    return { address: options.address, port: 1, setKeepAlive () {}, share: () => [], close: () => undefined }
  }

  dial (_options: DialOptions, sink: DialSink): Dial {
    let cancelled = false
    setImmediate(() => { if (!cancelled) sink.onConnected(new MemoryLink(this.#server)) })
    return { cancel () { cancelled = true } }
  }

  readonly #server: MemoryLinkEvents = {
    onWritten: server => {
      if (server.bytesWritten === this.#expected && this.#answers.length > 0) this.#answer(server)
    },
    onEnded: server => {
      this.#answer(server)
    }
  }

  #answer (server: MemoryLink): void { setImmediate(() => { sayAll(server, this.#answers) }) }

  /** A new client. */
  connect (events: MemoryLinkEvents): MemoryLink {
    const link = new MemoryLink(events)
    this.#clients!.onLink(link)
    return link
  }
}
