import { wheel } from '../timers/wheel.ts'
import type { LinkError, LinkSink } from '../byte-link.ts'
import { unmetered } from '../byte-meter.ts'
import type { ClientFacts, Peer } from '../client-facts.ts'
import { unconfirmed } from '../kernel-queue.ts'
import { Linger, type Lingering } from '../linger.ts'
import { nobody } from '../nobody.ts'
import type { RawLink } from '../raw-link.ts'
import { linkErrorFrom } from './abi/errno.ts'
import { OP_CLOSE } from './abi/io-uring.ts'
import { addressOf, portOf, SOCKADDR_BYTES } from './abi/sockaddr.ts'
import { SHUT_WR } from './abi/socket.ts'
import { Keeper } from './buffer-group.ts'
import type { Deferred, UringLoop } from './loop.ts'
import { lost } from './lost.ts'
import { Receiver, type ReceivingSocket } from './receiver.ts'
import { CANCEL, CLOSE, RECV, SEND } from './ring-socket.ts'
import { Sender, type SendingSocket } from './sender.ts'
import type { Owner } from './slots.ts'

/**
 * A byte link on a socket of the ring: its sender, its receiver, and its end.
 *
 *   broken:   a send failed: nothing is sent any more, and what the peer sent before is received to its end
 *   ending:   open ──► closing (what is in flight is cancelled) ──► no operation left: close ──► gone, the slot is free
 */
export class UringLink implements RawLink, Owner, Deferred, ReceivingSocket, SendingSocket, Lingering {
  peer: ClientFacts
  sink: LinkSink = nobody
  bytesWritten = 0
  meter = unmetered
  readonly loop: UringLoop
  readonly fd: number
  readonly slot: number
  /** There while something is queued. */
  #sender: Sender | undefined = undefined
  readonly #receiver: Receiver
  operations = 0
  cancels = 0
  closed = false
  tearing = false
  finSeen = false
  /** `onTurn` is to be called. */
  #deferred = false
  /** Nothing more may be written. */
  #ended = false
  /** A send failed: the peer's earlier bytes are received, and then the link is gone. */
  #broken = false
  /** Our FIN is sent. */
  #finSent = false
  #closing = false
  #error: LinkError | undefined = undefined
  #linger: Linger | undefined = undefined

  /** Takes a connected socket. Call `start` when its sink may be called. */
  constructor (loop: UringLoop, fd: number, peer: Peer) {
    this.loop = loop
    this.fd = fd
    this.peer = peer
    this.slot = loop.slots.take(this)
    this.#receiver = new Receiver(this)
    loop.enlist()
  }

  start (): void { this.#receiver.read() }

  get queued (): number { return this.#sender === undefined ? 0 : this.#sender.queued }
  get unsent (): number { return this.#broken || this.tearing ? 0 : this.queued + unconfirmed(this.fd) }
  get readFor (): number { return this.#receiver.readFor }
  get bytesRead (): number { return this.#receiver.bytesRead }

  write (bytes: Uint8Array): boolean {
    const { length } = bytes
    if (this.#ended || length === 0) return true
    this.bytesWritten += length
    this.meter.written += length
    this.#sender ??= new Sender(this)
    return this.#sender.write(bytes)
  }

  // The kernel reads from memory at a known address, and querying the address of heap memory costs more than copying
  // a small piece.
  writeOwned (bytes: Uint8Array): boolean { return this.write(bytes) }

  // Bytes that waited in a pause may be a copy, which belongs to the sink alone.
  keep (bytes: Uint8Array): boolean {
    const { buffers } = this.loop
    return bytes.buffer !== buffers.memory || buffers.keep(buffers.idOf(bytes), Keeper.judged)
  }

  release (bytes: Uint8Array): void {
    const { buffers } = this.loop
    if (bytes.buffer === buffers.memory) buffers.letGo(buffers.idOf(bytes), Keeper.judged)
  }

  get local (): Peer | undefined {
    const name = Buffer.alloc(SOCKADDR_BYTES)
    if (this.tearing || this.loop.libc.getsockname(this.fd, name, new Int32Array([SOCKADDR_BYTES])) < 0)
      return undefined
    return { address: addressOf(name), port: portOf(name) }
  }

  unread (rest: Uint8Array): void { this.#receiver.unread(rest) }

  // The queue leaves at the end of the turn anyway.
  writeAhead (bytes: Uint8Array): void {
    this.write(bytes)
    this.bytesWritten -= bytes.length
    this.meter.written -= bytes.length
  }

  pause (): void { this.#receiver.pause() }
  resume (): void { this.#receiver.resume() }

  onSendFailed (error: LinkError): void {
    if (this.closed || this.finSeen) {
      this.#fail(error)
      return
    }
    // The peer's earlier bytes are still to be received: Linux keeps them readable after a reset.
    this.#error ??= error
    this.#broken = true
    this.#ended = true
    // A socket whose send fails is at its end, and there is no waiting for one that is not.
    this.#linger = new Linger(this)
    const sender = this.#sender!
    this.#sender = undefined
    sender.drop()
    // A holder that waits until this link is drained would otherwise wait forever.
    sender.tellDrained()
    if (this.tearing) return
    // The kernel reports a reset once, and the send has received it: a newly submitted receive still finds the end.
    this.#receiver.lookAgain()
  }

  onAllSent (): void {
    if (this.queued > 0) return
    this.#sender = undefined
    if (this.#ended && !this.#finSent && !this.tearing) this.#finish()
  }

  onReadEnd (result: number): void {
    if (result < 0) {
      this.#fail(linkErrorFrom('read', result))
      return
    }
    if (this.#broken) {
      this.#tear()
      return
    }
    this.finSeen = true
    if (!this.closed) this.sink.onEnd()
    if (this.#finSent) this.#tear()
  }

  end (): void {
    if (this.#ended) return
    this.#ended = true
    if (this.queued === 0) this.#finish()
  }

  /** All that was written is sent. */
  #finish (): void {
    this.#finSent = true
    // With both directions over, close() sends the FIN.
    if (this.finSeen) this.#tear()
    else this.loop.libc.shutdown(this.fd, SHUT_WR)
  }

  close (): void {
    if (this.closed) return
    this.closed = true
    if (this.#broken) {
      this.#error = undefined
      this.#tear()
      return
    }
    this.#linger = new Linger(this)
    this.defer()
    this.end()
  }

  abort (): void {
    this.closed = true
    this.#ended = true
    if (this.tearing) return
    this.#error = undefined
    this.#reset()
  }

  #reset (): void {
    this.loop.options.resetOnClose(this.fd)
    this.#tear()
  }

  // A broken link delivers its remaining bytes. A closed one reads and discards, regardless of pauses.
  get waitsForUs (): boolean { return this.#broken && this.#receiver.paused }
  get pending (): number { return this.#broken ? this.bytesRead + 1 : this.unsent }

  /** The peer had its time; a reset shows it that bytes were lost. */
  onLingerOver (): void {
    if (this.tearing) return
    if (this.queued > 0) this.#reset()
    else this.#tear()
  }

  #fail (error: LinkError): void {
    if (!this.closed) this.#error ??= error
    this.#tear()
  }

  /** Give the descriptor back, when nothing in flight uses it. */
  #tear (): void {
    if (this.tearing) return
    this.tearing = true
    this.closed = true
    this.loop.secondLook.forget(this.#receiver)
    this.#ended = true
    if (this.#receiver.active || this.#sender?.active === true) {
      this.cancels++
      this.operations++
      this.loop.cancelAll(this.fd, this.slot, CANCEL)
    }
    this.#closeWhenQuiet()
  }

  #closeWhenQuiet (): void {
    if (this.operations > 0 || this.#closing) return
    this.#closing = true
    this.loop.submit(OP_CLOSE, 0, 0, this.fd, 0, 0, 0, this.slot, CLOSE, 0)
  }

  #gone (): void {
    if (this.#linger !== undefined) wheel.cancel(this.#linger)
    this.#sender?.drop()
    this.#sender = undefined
    this.#receiver.forget()
    this.loop.slots.release(this.slot)
    this.loop.discharge()
    this.sink.onClosed(this.#error)
    this.sink = nobody
  }

  onCompletion (kind: number, result: number, flags: number): void {
    switch (kind) {
      case RECV:
        this.#receiver.onReceived(result, flags)
        break
      case SEND:
        if (this.#sender === undefined) throw lost(`a send (result ${result}) is complete that nobody began`)
        this.operations--
        this.#sender.onSent(result)
        break
      case CANCEL:
        if (this.cancels === 0) throw lost(`a cancellation (result ${result}) is complete that nobody began`)
        this.cancels--
        this.operations--
        break
      case CLOSE:
        if (!this.#closing) throw lost(`the close of a descriptor (result ${result}) is complete that nobody began`)
        this.#gone()
        return
      default:
        throw lost(`a completion (result ${result}) of a link's operation ${kind}, which there is not`)
    }
    if (this.tearing) this.#closeWhenQuiet()
  }

  onFault (error: unknown): void { this.sink.onFault(error) }

  defer (): void {
    if (this.#deferred || this.tearing) return
    this.#deferred = true
    this.loop.defer(this)
  }

  onTurn (): void {
    this.#deferred = false
    if (this.tearing) return
    this.#sender?.sendQueued()
    this.#receiver.onTurn()
  }
}
