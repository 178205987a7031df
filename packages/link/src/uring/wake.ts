import { Socket } from 'node:net'
import { describeError } from './abi/errno.ts'
import type { Libc } from './abi/libc.ts'
import { EFD_CLOEXEC, EFD_NONBLOCK, O_CLOEXEC } from './abi/socket.ts'

/**
 * Wakes Node's loop when the ring has completions: an eventfd that the ring signals and Node's loop reads.
 *
 * Node has no public way to watch a descriptor that is not a socket, a pipe or a terminal. It accepts a pipe; the
 * eventfd then replaces the pipe under the same number (dup3), before the loop has polled it. From then on both look
 * the same to it: a readable descriptor, and a read().
 */
export class Wake {
  /** The descriptor to register with the ring. */
  readonly fd: number
  readonly #socket: Socket

  /** Throws an Error with the failed call. */
  constructor (libc: Libc, onWake: () => void) {
    const ends = new Int32Array(2)
    const failed = libc.pipe2(ends, O_CLOEXEC)
    if (failed < 0) throw new Error(describeError('pipe2', failed))
    const event = libc.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)
    const [read, write] = ends as unknown as [number, number]
    // Larger than the counter's eight bytes, so that the loop reads once: a read that does not fill the buffer was the
    // last.
    this.#socket = new Socket({ fd: read, readable: true, writable: false, onread: { buffer: Buffer.alloc(16), callback: () => { onWake(); return true } } })
    libc.close(write)
    if (event < 0) {
      this.#socket.destroy()
      throw new Error(describeError('eventfd', event))
    }
    const put = libc.dup3(event, read, O_CLOEXEC)
    libc.close(event)
    if (put < 0) {
      this.#socket.destroy()
      throw new Error(describeError('dup3', put))
    }
    this.fd = read
    this.#socket.unref()
  }

  /** Keep the process alive, or not. */
  set holdsProcess (on: boolean) {
    if (on) this.#socket.ref()
    else this.#socket.unref()
  }

  close (): void { this.#socket.destroy() }
}
