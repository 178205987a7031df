import { type ByteLink, type ClientFacts, type LinkSink, nobody, unmetered } from '@weirlb/link'
import type { Soon } from '../extension/crossing.ts'

const PEER: ClientFacts = { address: '127.0.0.1', port: 49152 }

/** Told what the engine does with a link. */
export interface MemoryLinkEvents {
  /** The engine has written; the bytes are valid during this call, unless they are owned. */
  onWritten? (link: MemoryLink, bytes: Uint8Array, owned: boolean): void
  /** The engine sends no more. */
  onEnded? (link: MemoryLink): void
  /** Both sides have said all, or the engine has closed it. */
  onClosed? (link: MemoryLink): void
}

/** One end of a connection in memory: gives the engine what its peer says, and tells what the engine writes. Nothing is ever full. */
export class MemoryLink implements ByteLink {
  peer: ClientFacts
  readonly queued = 0
  readonly unsent = 0
  sink: LinkSink = nobody
  bytesRead = 0
  bytesWritten = 0
  meter = unmetered
  readonly #events: MemoryLinkEvents
  readonly #soon: Soon
  readonly #said: Uint8Array[] = []
  /** The peer has said its last, and the engine was told. */
  #last = false
  #told = false
  #pauses = 0
  #delivering = false
  #ended = false
  #closing = false

  constructor (events: MemoryLinkEvents, peer: ClientFacts = PEER, soon: Soon = setImmediate) {
    this.#events = events
    this.peer = peer
    this.#soon = soon
  }

  get readFor (): number { return this.#pauses > 0 ? 0 : Infinity }
  /** The engine has closed it, or both sides have said all. */
  get isClosed (): boolean { return this.#closing }

  /** The peer says something, which reaches the engine in one piece. */
  says (bytes: Uint8Array): void {
    if (this.#last || bytes.length === 0) return
    this.#said.push(bytes)
    this.#deliver()
  }

  /** The peer says no more. */
  ends (): void {
    if (this.#last) return
    this.#last = true
    this.#deliver()
  }

  write (bytes: Uint8Array): boolean { return this.#write(bytes, false) }
  writeOwned (bytes: Uint8Array): boolean { return this.#write(bytes, true) }

  #write (bytes: Uint8Array, owned: boolean): boolean {
    if (this.#ended || bytes.length === 0) return true
    this.bytesWritten += bytes.length
    this.meter.written += bytes.length
    this.#events.onWritten?.(this, bytes, owned)
    return true
  }

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
    this.#soon(this.#gone)
  }

  abort (): void { this.close() }

  readonly #gone = (): void => {
    this.sink.onClosed(undefined)
    this.#events.onClosed?.(this)
  }

  #deliver (): void {
    // What is told may resume the link.
    if (this.#delivering) return
    this.#delivering = true
    while (this.#pauses === 0 && !this.#closing && this.#said.length > 0) {
      const bytes = this.#said.shift()!
      this.bytesRead += bytes.length
      this.meter.read += bytes.length
      this.sink.onBytes(bytes)
    }
    this.#delivering = false
    if (!this.#last || this.#told || this.#pauses > 0 || this.#closing) return
    this.#told = true
    this.sink.onEnd()
    if (this.#ended) this.close()
  }
}
