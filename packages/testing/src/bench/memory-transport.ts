import { unmetered, type ByteLink, type Dial, type DialOptions, type DialSink, type Listener, type ListenerEvents, type ListenOptions, type LinkSink, type Peer, type Transport } from '@weirlb/link'

const NOBODY: LinkSink = { onBytes () {}, onEnd () {}, onDrained () {}, onClosed () {}, onFault (error) { throw error } }
const PEER: Peer = { address: '127.0.0.1', port: 49152 }

/** Told what the engine does with a link. */
export interface MemoryLinkEvents {
  /** The engine has written so many bytes altogether. */
  onWritten? (link: MemoryLink, bytes: number): void
  /** The engine sends no more. */
  onEnded? (link: MemoryLink): void
  /** Both sides have said all, or the engine has closed it. */
  onClosed? (): void
}

/** One end of a connection in memory: gives the engine a stream and its end, and counts what the engine writes. Nothing is copied, nothing is ever full. */
export class MemoryLink implements ByteLink {
  peer: Peer = PEER
  readonly queued = 0
  readonly unsent = 0
  readonly readFor = Infinity
  sink: LinkSink = NOBODY
  bytesRead = 0
  bytesWritten = 0
  meter = unmetered
  readonly #events: MemoryLinkEvents
  #stream: Uint8Array | undefined
  /** The peer has ended its stream, and the engine was told. */
  #said = false
  #told = false
  #pauses = 0
  #ended = false
  #closing = false

  constructor (events: MemoryLinkEvents) { this.#events = events }

  /** The peer says `stream`, and then no more. */
  says (stream: Uint8Array): void {
    if (this.#said) return
    this.#stream = stream
    this.#said = true
    this.#deliver()
  }

  write (bytes: Uint8Array): boolean {
    this.bytesWritten += bytes.length
    this.meter.written += bytes.length
    this.#events.onWritten?.(this, this.bytesWritten)
    return true
  }

  writeOwned (bytes: Uint8Array): boolean { return this.write(bytes) }
  // Like Node's sockets, on which most run.
  keep (): boolean { return false }
  release (): void {}
  pause (): void { this.#pauses++ }

  resume (): void {
    this.#pauses--
    this.#deliver()
  }

  end (): void {
    if (this.#ended) return
    this.#ended = true
    this.#events.onEnded?.(this)
    if (this.#told) this.close()
  }

  close (): void {
    if (this.#closing) return
    this.#closing = true
    this.#ended = true
    setImmediate(this.#gone)
  }

  abort (): void { this.close() }

  readonly #gone = (): void => {
    this.sink.onClosed(undefined)
    this.#events.onClosed?.()
  }

  #deliver (): void {
    const stream = this.#stream
    if (this.#pauses > 0 || this.#closing) return
    if (stream !== undefined) {
      this.#stream = undefined
      this.bytesRead += stream.length
      this.meter.read += stream.length
      this.sink.onBytes(stream)
    }
    if (!this.#said || this.#told || this.#pauses > 0 || this.#closing) return
    this.#told = true
    this.sink.onEnd()
    if (this.#ended) this.close()
  }
}

/**
 * A transport without sockets, for measuring what lies between them: every server takes what it is given, and gives `answers` when its client has said all:
 * when the engine ends the link, or as many bytes are there as the client sends, for a server that owes answers is not ended.
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
    return { address: options.address, port: 1, setKeepAlive () {}, close () {} }
  }

  dial (_options: DialOptions, sink: DialSink): Dial {
    let cancelled = false
    setImmediate(() => { if (!cancelled) sink.onConnected(new MemoryLink(this.#server)) })
    return { cancel () { cancelled = true } }
  }

  readonly #server: MemoryLinkEvents = {
    onWritten: (server, bytes) => { if (bytes === this.#expected && this.#answers.length > 0) this.#answer(server) },
    onEnded: server => { this.#answer(server) }
  }

  #answer (server: MemoryLink): void { setImmediate(() => { server.says(this.#answers) }) }

  /** A new client. */
  connect (events: MemoryLinkEvents): MemoryLink {
    const link = new MemoryLink(events)
    this.#clients!.onLink(link)
    return link
  }
}
