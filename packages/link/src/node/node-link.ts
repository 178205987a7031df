import type { Socket } from 'node:net'
import { wheel } from '../timers/wheel.ts'
import type { LinkError, LinkSink } from '../byte-link.ts'
import { unmetered } from '../byte-meter.ts'
import type { ClientFacts, Peer } from '../client-facts.ts'
import { unconfirmed } from '../kernel-queue.ts'
import { Linger, type Lingering } from '../linger.ts'
import { nobody } from '../nobody.ts'
import type { RawLink } from '../raw-link.ts'
import { linkErrorFrom } from './link-error.ts'
import { localOf } from './socket-address.ts'
import type { SocketOwner } from './socket-owner.ts'
import { own } from './socket-owner.ts'
import { WriteSlab } from './write-slab.ts'

/** Queued bytes above which `write` returns false. */
export const HIGH_WATER = 64 * 1024

const EMPTY = Buffer.alloc(0)
const slab = new WriteSlab()

/**
 * The part of Node's handle that we use beyond its public types. `writeQueueSize`: bytes of the current chunk that
 * the kernel has not accepted.
 */
interface Handle { readonly fd: number, readonly writeQueueSize: number }

/**
 * A byte link on a Node socket. Subclasses for plain and TLS sockets define how reading stops and starts, and how to
 * reset.
 *
 * Closing lingers. The link sends the queued bytes and a FIN while the peer reads them. Then it reads and discards
 * until the peer closes too, for at most a second. Closing at once with unread bytes in the kernel's buffer would
 * send a reset, which destroys bytes that the peer has not read yet, such as a goodbye (RFC 9112 §9.6 describes the
 * same for HTTP).
 *
 * A link whose write fails is broken: it accepts no more writes, delivers the peer's earlier bytes, and then closes.
 */
export abstract class NodeLink implements RawLink, SocketOwner, Lingering {
  peer: ClientFacts
  sink: LinkSink = nobody
  bytesRead = 0
  bytesWritten = 0
  meter = unmetered
  readonly #socket: Socket
  #pauses = 0
  /** Tick of the wheel at which the last pause was over. */
  #resumed = 0
  /** A write has returned false and onDrained is owed. */
  #stalled = false
  /** Nothing more may be written. */
  #ended = false
  /** We closed or aborted: nothing more is delivered but onClosed. */
  #closed = false
  #error: LinkError | undefined = undefined
  /** A write failed: the peer's earlier bytes are read, and then the link is gone. */
  #broken = false
  /** Bytes read but not delivered when the socket was closed during a pause. */
  #rest: Uint8Array | undefined = undefined
  #linger: Linger | undefined = undefined
  /** Bytes given back that wait for their sink; reading is paused for it. */
  #unread: Buffer | undefined = undefined

  constructor (socket: Socket, peer: ClientFacts) {
    this.peer = peer
    this.#socket = socket
  }

  /** Receive the socket's events. */
  protected own (): void { own(this.#socket, this) }

  protected abstract stopReading (): void
  protected abstract startReading (): void
  /** Returns bytes read but not delivered when the socket was closed, or null. */
  protected abstract takeRest (): Uint8Array | null
  /** The plain socket, which has the system's descriptor. */
  protected abstract readonly raw: Socket
  /** Close with a reset. */
  protected abstract reset (): void

  /** Deliver, report and send nothing more: the socket has another owner. */
  protected retire (): Buffer | undefined {
    this.#closed = true
    this.#ended = true
    this.sink = nobody
    // Its next owner would wait for writes that were never reported as failed.
    if (this.#broken) this.#socket.destroy()
    const unread = this.#unread
    this.#unread = undefined
    return unread
  }

  get local (): Peer | undefined { return localOf(this.raw) }

  /** Bytes written until the end of this turn are sent in one piece. */
  protected abstract gather (): void

  writeAhead (bytes: Uint8Array): void {
    this.gather()
    this.write(bytes)
    this.bytesWritten -= bytes.length
    this.meter.written -= bytes.length
  }

  unread (rest: Uint8Array): void {
    this.bytesRead = 0
    if (rest.length === 0) return
    this.#unread = Buffer.from(rest)
    this.pause()
    this.#unreadSoon()
  }

  #unreadSoon (): void { setImmediate(() => { if (this.#pauses === 1) this.#deliverUnread() }) }

  #deliverUnread (): void {
    const bytes = this.#unread
    if (bytes === undefined) return
    this.#unread = undefined
    try {
      this.onSocketBytes(bytes)
      // The end has come meanwhile, and was kept back.
      if (this.#socket.readableEnded) this.onSocketEnd()
    } catch (error) { this.sink.onFault(error) }
    this.resume()
  }

  get queued (): number { return this.#broken ? 0 : this.#socket.writableLength }

  get unsent (): number {
    if (this.#broken || this.#socket.destroyed) return 0
    const { _handle: handle } = this.raw as unknown as { readonly _handle: Handle | null }
    return this.#socket.writableLength + (handle === null ? 0 : handle.writeQueueSize + unconfirmed(handle.fd))
  }

  get readFor (): number { return this.#pauses > 0 ? 0 : wheel.since(this.#resumed) }

  write (bytes: Uint8Array): boolean {
    if (this.#ended || bytes.length === 0) return true
    const socket = this.#socket
    const piece = slab.copy(bytes, socket.writableLength > 0)
    this.bytesWritten += bytes.length
    this.meter.written += bytes.length
    socket.write(piece)
    const queued = socket.writableLength
    if (queued === 0) slab.reclaim(piece)
    return this.#below(queued)
  }

  writeOwned (bytes: Uint8Array): boolean {
    if (this.#ended || bytes.length === 0) return true
    this.bytesWritten += bytes.length
    this.meter.written += bytes.length
    this.#socket.write(bytes)
    return this.#below(this.#socket.writableLength)
  }

  // The next read goes to the same memory.
  keep (): boolean { return false }
  release (): void {}

  #below (queued: number): boolean {
    if (queued <= HIGH_WATER || this.#broken) return true
    this.#stalled = true
    return false
  }

  pause (): void {
    if (this.#pauses++ === 0 && !this.#closed) this.stopReading()
  }

  resume (): void {
    if (this.#pauses === 0) return
    if (--this.#pauses > 0) {
      if (this.#pauses === 1 && this.#unread !== undefined) this.#unreadSoon()
      return
    }
    this.#resumed = wheel.tick
    if (this.#closed) return
    if (this.#rest === undefined) this.startReading()
    else this.#restSoon()
  }

  /** Never from inside a resume: a pause may follow in the same turn. */
  #restSoon (): void { setImmediate(() => { if (this.#pauses === 0) this.#deliverRest() }) }

  #deliverRest (): void {
    const rest = this.#rest
    if (rest === undefined) return
    this.#rest = undefined
    try { this.onSocketBytes(rest) } catch (error) { this.sink.onFault(error) }
    this.#gone()
  }

  end (): void {
    if (this.#ended) return
    this.#ended = true
    const socket = this.#socket
    if (socket.writableLength === 0) {
      socket.end()
      return
    }
    // libuv cannot reset a socket whose shutdown waits behind writes (EINVAL, and the handle leaks), so the FIN is
    // requested once the queue is empty. Node emits no 'drain' after end() either.
    socket.write(EMPTY, () => {
      if (socket.destroyed) return
      this.onSocketDrain()
      socket.end()
    })
  }

  close (): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#broken || this.#rest !== undefined) {
      this.#drop()
      return
    }
    if (this.#pauses > 0) this.startReading()
    this.#linger = new Linger(this)
    this.end()
  }

  abort (): void {
    this.#closed = true
    this.#ended = true
    this.#error = undefined
    if (this.#broken || this.#rest !== undefined) this.#drop()
    else if (!this.#socket.destroyed) this.#reset()
  }

  /** The peer is gone already, and its last bytes are not needed. */
  #drop (): void {
    this.#error = undefined
    if (this.#rest === undefined) {
      this.#socket.destroy()
      return
    }
    this.#rest = undefined
    setImmediate(() => { this.#gone() })
  }

  // A broken link delivers its remaining bytes. A closed one reads and discards, regardless of pauses.
  get waitsForUs (): boolean { return this.#broken && this.#pauses > 0 }
  get pending (): number { return this.#broken ? this.bytesRead + 1 : this.unsent }

  /** The peer had its time; a reset shows it that bytes were lost. */
  onLingerOver (): void {
    if (this.#socket.destroyed) return
    if (this.#broken || this.#socket.writableLength === 0) this.#socket.destroy()
    else this.#reset()
  }

  #reset (): void {
    // While a shutdown is under way, which is for one turn of the loop after the queue is empty, a reset is not
    // possible and nothing is left to lose.
    if (this.#socket.writableEnded && !this.#socket.writableFinished) this.#socket.destroy()
    else this.reset()
  }

  onSocketConnect (): void {}

  onSocketBytes (bytes: Uint8Array): void {
    if (this.#closed) return
    this.bytesRead += bytes.length
    this.meter.read += bytes.length
    this.sink.onBytes(bytes)
  }

  onSocketEnd (): void {
    // Node's TLS sockets report an end also in a pause: the bytes that were given back come first.
    if (this.#closed || this.#unread !== undefined) return
    // The kernel reports a reset once, and the write has received it.
    if (this.#broken) this.#socket.destroy()
    else this.sink.onEnd()
  }

  onSocketDrain (): void {
    if (!this.#stalled) return
    this.#stalled = false
    if (!this.#closed) this.sink.onDrained()
  }

  onSocketError (error: Error): void {
    if (!this.#closed) this.#error ??= linkErrorFrom(error)
    // Node leaves a TLS socket open that has received an invalid record: it could stay until its peer closes it.
    if (!this.#socket.destroyed) this.#socket.destroy()
  }

  onSocketWriteFailed (error: Error): void {
    this.#broken = true
    this.#ended = true
    if (!this.#closed) this.#error ??= linkErrorFrom(error)
    if (this.#closed || this.#socket.readableEnded) {
      this.#socket.destroy()
      return
    }
    // A socket whose write fails is at its end, and there is no waiting for one that is not.
    this.#linger = new Linger(this)
    // Nothing is queued any more. A holder that waits for that would otherwise wait forever.
    this.onSocketDrain()
  }

  onSocketClose (): void {
    this.#ended = true
    let rest = this.#closed ? null : this.takeRest()
    if (this.#unread !== undefined && !this.#closed) {
      rest = rest === null ? this.#unread : Buffer.concat([this.#unread, rest])
      this.#unread = undefined
      this.#pauses--
    }
    if (rest === null) {
      this.#gone()
      return
    }
    this.#rest = rest
    if (this.#pauses === 0) this.#deliverRest()
    // Nothing is queued any more. A holder that waits for that before it reads on would otherwise wait forever.
    else this.onSocketDrain()
  }

  #gone (): void {
    this.#closed = true
    if (this.#linger !== undefined) wheel.cancel(this.#linger)
    const sink = this.sink
    sink.onClosed(this.#error)
    this.sink = nobody
  }

  onSocketFault (error: unknown): void { this.sink.onFault(error) }
  onFault (error: unknown): void { this.sink.onFault(error) }
}
