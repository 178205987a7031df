import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type { CloseReason } from '@weirlb/model'
import type { WebSocket } from 'ws'
import type { ByteLink, LinkError, LinkSink } from '../../byte-link.ts'
import { unmetered } from '../../byte-meter.ts'
import type { ClientFacts, Peer } from '../../client-facts.ts'
import { unconfirmed } from '../../kernel-queue.ts'
import { Linger, type Lingering } from '../../linger.ts'
import { nobody } from '../../nobody.ts'
import { linkErrorFrom } from '../../node/link-error.ts'
import { HIGH_WATER } from '../../node/node-link.ts'
import { localOf } from '../../node/socket-address.ts'
import { WriteSlab } from '../../node/write-slab.ts'
import { resetSocket } from '../../reset-socket.ts'
import { wheel } from '../../timers/wheel.ts'
import { closeCodes } from './close-codes.ts'
import { Pinger } from './pinger.ts'
import type { WebSocketRules } from './websocket-rules.ts'

const LINK = Symbol('link')
const ONE_SECOND_MS = 1000
const UNSUPPORTED_DATA = 1003
const POLICY = 1008
const NORMAL = 1000
const BINARY = { binary: true, compress: false }
const TEXT = { binary: false, compress: false }

const slab = new WriteSlab()

type Linked<T> = T & { [LINK]: WebSocketLink }
/** The part of Node's sockets that we use beyond their public types. */
interface Handle { readonly fd: number, readonly writeQueueSize: number }
type AnySocket = Socket & { readonly _parent?: Socket | null | undefined, readonly _handle: Handle | null }

// Shared by all links, which they find through `this`: a connection costs no closures. An exception in them would be
// uncaught, and would end every connection of the process.
function onMessage (this: Linked<WebSocket>, bytes: Buffer, isBinary: boolean): void {
  const link = this[LINK]
  try { link.onMessage(bytes, isBinary) } catch (error) { link.onFault(error) }
}
function onPing (this: Linked<WebSocket>): void { this[LINK].onPing() }
function onPong (this: Linked<WebSocket>): void { this[LINK].onPong() }
function onError (this: Linked<WebSocket>, error: Error): void { this[LINK].onBroken(error) }
function onClose (this: Linked<WebSocket>): void {
  const link = this[LINK]
  try { link.onGone() } catch (error) { link.onFault(error) }
}
function onDrain (this: Linked<Socket>): void {
  const link = this[LINK]
  try { link.onDrain() } catch (error) { link.onFault(error) }
}
function onSocketError (this: Linked<Socket>, error: Error): void { this[LINK].onSocketError(error) }

/**
 * A byte link on a WebSocket: the payloads of its data messages, one after another, are the bytes. Message boundaries
 * have no meaning [MQTT-6.0.0-3].
 *
 * A WebSocket has no half-closed state: `end` sends a Close frame, and the peer's Close frame ends both directions.
 * Closing lingers like a plain link: the queued bytes and the Close frame are sent while the peer reads them, then
 * its Close frame is awaited, for at most a second.
 */
export class WebSocketLink implements ByteLink, Lingering {
  peer: ClientFacts
  sink: LinkSink = nobody
  bytesRead = 0
  bytesWritten = 0
  meter = unmetered
  readonly #socket: WebSocket
  readonly #raw: AnySocket
  readonly #rules: WebSocketRules
  #pauses = 0
  /** Tick of the wheel at which the last pause was over. */
  #resumed = 0
  /** A write has returned false and onDrained is owed. */
  #stalled = false
  /** Nothing more may be written. */
  #ended = false
  /** We closed: nothing more is delivered but onClosed. */
  #closed = false
  /** The peer did what it may not, and nothing more is taken from it. */
  #refused = false
  /** The WebSocket is closed; what arrived in a pause is still to be delivered. */
  #over = false
  #error: LinkError | undefined = undefined
  #linger: Linger | undefined = undefined
  /** True if our messages are text. */
  #text: boolean
  /** Messages that arrived in a pause, at most those of one read from the socket. */
  #waiting: Buffer[] | undefined = undefined
  /** Pings of the second that began at this tick. */
  #pings = 0
  #pingsSince = 0
  readonly #pinger: Pinger | undefined

  /** `raw`: the socket under the WebSocket, plain or TLS. */
  constructor (socket: WebSocket, raw: Socket, peer: ClientFacts, rules: WebSocketRules) {
    this.peer = peer
    this.#socket = socket
    this.#raw = raw as AnySocket
    this.#rules = rules
    this.#text = rules.messages === 'text'
    ;(socket as Linked<WebSocket>)[LINK] = this
    ;(raw as Linked<Socket>)[LINK] = this
    // The types of `ws` know their own "this" alone.
    const heard: EventEmitter = socket
    heard.on('message', onMessage)
    heard.on('ping', onPing)
    heard.on('error', onError)
    heard.on('close', onClose)
    raw.on('drain', onDrain)
    raw.on('error', onSocketError)
    if (rules.pingMs > 0) {
      heard.on('pong', onPong)
      this.#pinger = new Pinger(this, rules.pingMs)
    }
  }

  get local (): Peer | undefined { return localOf(this.#raw) }
  get queued (): number { return this.#raw.destroyed ? 0 : this.#socket.bufferedAmount }

  get unsent (): number {
    if (this.#raw.destroyed) return 0
    const { _handle: handle } = (this.#raw._parent ?? this.#raw) as AnySocket
    return this.#socket.bufferedAmount + (handle === null ? 0 : handle.writeQueueSize + unconfirmed(handle.fd))
  }

  get readFor (): number { return this.#pauses > 0 ? 0 : wheel.since(this.#resumed) }

  write (bytes: Uint8Array): boolean {
    if (this.#ended || bytes.length === 0) return true
    // A client's bytes are masked into a copy.
    if (this.#rules.masks) return this.#send(bytes)
    const raw = this.#raw
    const piece = slab.copy(bytes, raw.writableLength > 0)
    const more = this.#send(piece)
    if (raw.writableLength === 0) slab.reclaim(piece)
    return more
  }

  writeOwned (bytes: Uint8Array): boolean { return this.#ended || bytes.length === 0 || this.#send(bytes) }

  #send (bytes: Uint8Array): boolean {
    this.bytesWritten += bytes.length
    this.meter.written += bytes.length
    this.#socket.send(bytes, this.#text ? TEXT : BINARY)
    if (this.#raw.writableLength <= HIGH_WATER) return true
    this.#stalled = true
    return false
  }

  // A message is a view of what was read from the socket, which would stay whole.
  keep (): boolean { return false }
  release (): void {}

  pause (): void { if (this.#pauses++ === 0 && !this.#closed) this.#socket.pause() }

  resume (): void {
    if (this.#pauses === 0 || --this.#pauses > 0) return
    this.#resumed = wheel.tick
    if (this.#closed) return
    if (this.#waiting === undefined) this.#socket.resume()
    // Never from inside a resume: a pause may follow in the same turn.
    else setImmediate(() => { this.#deliverWaiting() })
  }

  #deliverWaiting (): void {
    const waiting = this.#waiting
    if (waiting === undefined || this.#pauses > 0) return
    try {
      while (waiting.length > 0 && this.#pauses === 0 && !this.#closed) this.#deliver(waiting.shift()!)
    } catch (error) {
      this.sink.onFault(error)
    }
    if (this.#pauses > 0 && !this.#closed) return
    this.#waiting = undefined
    if (this.#over) this.#tellEnd()
    else this.#socket.resume()
  }

  end (): void {
    if (this.#ended) return
    this.#ended = true
    this.#socket.close(NORMAL)
  }

  close (reason?: CloseReason): void {
    if (this.#closed) return
    this.#closed = true
    this.#ended = true
    if (this.#over) {
      this.#drop()
      return
    }
    this.#shut(reason === undefined ? NORMAL : closeCodes[reason], reason ?? '')
  }

  /** Send a Close frame, unless one was sent, and wait for the peer's. */
  #shut (code: number, text: string): void {
    this.#linger ??= new Linger(this)
    this.#socket.close(code, text)
    this.#socket.resume()
  }

  abort (): void {
    this.#closed = true
    this.#ended = true
    this.#error = undefined
    if (this.#over) this.#drop()
    else this.#reset()
  }

  /** The peer is gone already, and its last bytes are not needed. */
  #drop (): void {
    this.#error = undefined
    if (this.#waiting === undefined) return
    this.#waiting = undefined
    setImmediate(() => { this.#tellEnd() })
  }

  // A TLSSocket cannot reset itself: it refuses handles that are not plain TCP.
  #reset (): void {
    const raw = this.#raw
    if (raw.destroyed) return
    const plain = raw._parent ?? raw
    resetSocket(plain, raw)
    if (plain !== raw) raw.destroy()
  }

  get waitsForUs (): boolean { return false }
  get pending (): number { return this.unsent }

  onLingerOver (): void {
    if (this.#raw.destroyed) return
    if (this.#raw.writableLength === 0) this.#raw.destroy()
    else this.#reset()
  }

  onMessage (bytes: Buffer, isBinary: boolean): void {
    if (this.#closed || this.#refused) return
    if (this.#rules.messages === 'both') this.#text = !isBinary
    if (isBinary === this.#text) {
      this.#refuse(
        UNSUPPORTED_DATA,
        isBinary ? 'a binary message, where the protocol is text' : 'a text message, where the protocol is binary'
      )
    } else if (bytes.length === 0) {
      // It needs no report, and is no end.
    } else if (this.#pauses > 0) {
      this.#waiting ??= []
      this.#waiting.push(bytes)
    } else {
      this.#deliver(bytes)
    }
  }

  #deliver (bytes: Buffer): void {
    this.bytesRead += bytes.length
    this.meter.read += bytes.length
    this.sink.onBytes(bytes)
  }

  onPing (): void {
    if (wheel.since(this.#pingsSince) > ONE_SECOND_MS) {
      this.#pingsSince = wheel.tick
      this.#pings = 0
    }
    if (++this.#pings > this.#rules.maxPingsPerSecond)
      this.#refuse(POLICY, `more than ${this.#rules.maxPingsPerSecond} pings in a second`)
  }

  onPong (): void { this.#pinger?.onPong() }

  /** Send a ping; false if the link is closing, or is not read, so that no pong can be expected. */
  ping (): boolean {
    if (this.#ended || this.#pauses > 0) return false
    this.#socket.ping()
    return true
  }

  /** No pong came. */
  onPongMissing (): void {
    this.#error ??= { kind: 'timeout', message: 'a WebSocket ping was not answered' }
    this.#reset()
  }

  /** The peer violates the rules: it gets the reason, and is not read any more. */
  #refuse (code: number, message: string): void {
    if (this.#closed || this.#refused) return
    this.#refused = true
    this.#error ??= { kind: 'protocol', message }
    this.#ended = true
    this.#shut(code, message)
  }

  /** `ws` has found invalid frames, and reports them to the peer. */
  onBroken (error: Error): void {
    if (this.#closed) return
    this.#error ??= 'code' in error && String(error.code).startsWith('WS_ERR')
      ? { kind: 'protocol', message: error.message }
      : linkErrorFrom(error)
    this.#ended = true
    this.#linger ??= new Linger(this)
  }

  onSocketError (error: Error): void { if (!this.#closed) this.#error ??= linkErrorFrom(error) }

  onDrain (): void {
    if (!this.#stalled) return
    this.#stalled = false
    if (!this.#closed) this.sink.onDrained()
  }

  onGone (): void {
    this.#over = true
    this.#ended = true
    if (this.#linger !== undefined) wheel.cancel(this.#linger)
    if (this.#pinger !== undefined) wheel.cancel(this.#pinger)
    if (this.#waiting === undefined || this.#closed) this.#tellEnd()
    // Nothing is queued any more. A holder that waits for that before it reads on would otherwise wait forever.
    else this.onDrain()
  }

  #tellEnd (): void {
    const { sink } = this
    // A broken stream has no end to report.
    if (!this.#closed && this.#error === undefined) sink.onEnd()
    this.#closed = true
    sink.onClosed(this.#error)
    this.sink = nobody
  }

  onFault (error: unknown): void { this.sink.onFault(error) }
}
