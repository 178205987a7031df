import type { LinkError } from '../byte-link.ts'
import { EAGAIN, linkErrorFrom } from './abi/errno.ts'
import { OP_SEND } from './abi/io-uring.ts'
import { MSG_DONTWAIT, MSG_NOSIGNAL, MSG_WAITALL } from './abi/socket.ts'
import { lost } from './lost.ts'
import { NONE, SEND, type RingSocket } from './ring-socket.ts'
import { SendQueue, type SendBlock } from './send-queue.ts'

/** Queued bytes above which `write` returns false. */
const HIGH_WATER = 64 * 1024

/** The sender's interface of its link. */
export interface SendingSocket extends RingSocket {
  /** The peer takes no more. */
  onSendFailed (error: LinkError): void
  /** All bytes were sent, and the waiting holder was informed; it may have written again. */
  onAllSent (): void
}

/**
 * Sends the bytes written on a socket of the ring. At most one send is in flight: from a buffer of the ring in place,
 * or from the head of the queue. Most links have nothing to send most of the time: a link has a sender only while it
 * has bytes, so an idle one is no larger for it.
 */
export class Sender {
  readonly #socket: SendingSocket
  /** Bytes written that the kernel has not taken. */
  queued = 0
  /** Bytes that the kernel is sending: of a buffer in place, or of the queue's head. */
  #sending = 0
  #buffer = NONE
  #offset = 0
  #queue: SendQueue | undefined = undefined
  /** A write has returned false and onDrained is owed. */
  #stalled = false

  constructor (socket: SendingSocket) { this.#socket = socket }

  /** A send is in flight. */
  get active (): boolean { return this.#sending > 0 }

  /** Send bytes that the caller will reuse. False: stop, more than the high-water mark is queued. */
  write (bytes: Uint8Array): boolean {
    const { length } = bytes
    this.queued += length
    if (this.#sending === 0 && this.#queue?.head === undefined && bytes.buffer === this.#socket.loop.buffers.memory) {
      this.#sendInPlace(bytes)
      // At the mark, and more is likely to follow: sending this first saves copying it.
      if (length >= HIGH_WATER) {
        this.#stalled = true
        return false
      }
    } else this.#enqueue(bytes)
    if (this.queued <= HIGH_WATER) return true
    this.#stalled = true
    return false
  }

  /**
   * The bytes are in a buffer that is being delivered: send from there. Never waits for room, so that the buffer is
   * ours again within the turn.
   */
  #sendInPlace (bytes: Uint8Array): void {
    const { buffers } = this.#socket.loop
    const id = buffers.idOf(bytes)
    buffers.hold(id)
    this.#buffer = id
    this.#offset = bytes.byteOffset
    this.#send(buffers.addressAt(bytes.byteOffset), bytes.length, MSG_NOSIGNAL | MSG_DONTWAIT)
  }

  #enqueue (bytes: Uint8Array): void {
    this.#queue ??= new SendQueue(this.#socket.loop.blocks)
    this.#queue.append(bytes)
    // Not at once: what else is written in this turn goes with it.
    if (this.#sending === 0) this.#socket.defer()
  }

  /** Send the head of the queue, if nothing is in flight. */
  sendQueued (): void {
    if (this.#sending > 0) return
    const head = this.#queue?.head
    if (head !== undefined) this.#sendBlock(head)
  }

  #sendBlock (block: SendBlock): void { this.#send(block.address, block.length, MSG_NOSIGNAL | MSG_WAITALL) }

  #send (address: number, length: number, flags: number): void {
    const socket = this.#socket
    this.#sending = length
    socket.operations++
    socket.loop.submit(OP_SEND, 0, 0, socket.fd, address, length, flags, socket.slot, SEND, 0)
  }

  /** The send in flight is complete; `result` is a number of bytes or a negative errno. */
  onSent (result: number): void {
    const socket = this.#socket
    const length = this.#sending
    if (length === 0) throw lost(`a send (result ${result}) is complete that nobody began`)
    if (result > length) throw lost(`${result} bytes of ${length} are said to be sent`)
    this.#sending = 0
    if (this.#buffer === NONE) this.#onSentBlock(result)
    else this.#onSentInPlace(result, length)
    if (socket.tearing) return
    if (result < 0 && result !== EAGAIN) {
      socket.onSendFailed(linkErrorFrom('write', result))
      return
    }
    if (this.queued > 0) {
      this.sendQueued()
      return
    }
    this.tellDrained()
    socket.onAllSent()
  }

  #onSentInPlace (result: number, length: number): void {
    const { buffers, blocks } = this.#socket.loop
    const id = this.#buffer
    const sent = Math.max(result, 0)
    this.#buffer = NONE
    this.queued -= sent
    if (sent < length && !this.#socket.tearing && (result >= 0 || result === EAGAIN)) {
      // The peer is slow. The rest waits in our own memory, before bytes written meanwhile.
      const rest = new Uint8Array(buffers.memory, this.#offset + sent, length - sent)
      const later = this.#queue
      this.#queue = new SendQueue(blocks)
      this.#queue.append(rest)
      if (later !== undefined) this.#queue.takeOver(later)
    }
    buffers.release(id)
  }

  #onSentBlock (result: number): void {
    if (result <= 0) return
    this.queued -= result
    this.#queue!.sent(result)
    // Most links with queued bytes then have none for a long time.
    if (this.#queue!.head === undefined) this.#queue = undefined
  }

  /** A holder that had to stop writing may continue. */
  tellDrained (): void {
    if (!this.#stalled) return
    this.#stalled = false
    if (!this.#socket.closed) this.#socket.sink.onDrained()
  }

  /** Give up what is queued. */
  drop (): void {
    this.queued = 0
    this.#queue?.clear()
    this.#queue = undefined
  }
}
