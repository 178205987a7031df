import { type ByteLink, type ClientFacts, type LinkSink, nobody, unmetered } from '@weirlb/link'
import type { Soon } from '../extension/crossing.ts'

const PEER: ClientFacts = { address: '127.0.0.1', port: 49152 }

/** Called with what the engine does to a link. */
export interface MemoryLinkEvents {
  /** The engine wrote. The bytes are valid during this call only, unless they are owned. */
  onWritten? (link: MemoryLink, bytes: Uint8Array, owned: boolean): void
  /** The engine ended its direction. */
  onEnded? (link: MemoryLink): void
  /** Both directions have ended, or the engine closed the link. */
  onClosed? (link: MemoryLink): void
}

/**
 * One end of a connection in memory: delivers the peer's bytes to the engine and reports its writes. It is never full.
 */
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
  /** The peer has ended its direction. */
  #peerEnded = false
  /** The engine has received that end. */
  #endDelivered = false
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
  /** Sends bytes of the peer, which the engine receives in one piece. */
  says (bytes: Uint8Array): void {
    if (this.#peerEnded || bytes.length === 0) return
    this.#said.push(bytes)
    this.#deliver()
  }

  /** Ends the peer's direction. */
  ends (): void {
    if (this.#peerEnded) return
    this.#peerEnded = true
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

  // As on Node's sockets.
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
    if (this.#endDelivered) this.close()
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
    // A sink may resume the link.
    if (this.#delivering) return
    this.#delivering = true
    while (this.#pauses === 0 && !this.#closing && this.#said.length > 0) {
      const bytes = this.#said.shift()!
      this.bytesRead += bytes.length
      this.meter.read += bytes.length
      this.sink.onBytes(bytes)
    }
    this.#delivering = false
    if (!this.#peerEnded || this.#endDelivered || this.#pauses > 0 || this.#closing) return
    this.#endDelivered = true
    this.sink.onEnd()
    if (this.#ended) this.close()
  }
}
