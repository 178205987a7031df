import type { Libc } from './abi/libc.ts'
import * as sock from './abi/socket.ts'
import { mapAnonymous } from './memory.ts'

/** Options that our sockets are given. Their values stand in memory whose address is known: to ask for an address costs more than the call. */
export class SocketOptions {
  readonly #libc: Libc
  readonly #zero: number
  readonly #one: number
  /** struct linger { 1, 0 } (socket(7)). */
  readonly #noLinger: number

  constructor (libc: Libc) {
    this.#libc = libc
    const values = [0, 1, 1, 0]
    const { address, memory } = mapAnonymous(libc, values.length * 4)
    new Int32Array(memory).set(values)
    this.#zero = address
    this.#one = address + 4
    this.#noLinger = address + 8
  }

  /** Send small pieces at once (TCP_NODELAY). */
  noDelay (fd: number): void { this.#libc.setsockopt(fd, sock.IPPROTO_TCP, sock.TCP_NODELAY, this.#one, 4) }

  /** Let close(2) reset the connection and forget what is not sent. */
  resetOnClose (fd: number): void { this.#libc.setsockopt(fd, sock.SOL_SOCKET, sock.SO_LINGER, this.#noLinger, 8) }

  /** Bind although connections of an earlier listener linger. */
  reuseAddress (fd: number): void { this.#libc.setsockopt(fd, sock.SOL_SOCKET, sock.SO_REUSEADDR, this.#one, 4) }

  /** Share the port with other processes. */
  reusePort (fd: number): void { this.#libc.setsockopt(fd, sock.SOL_SOCKET, sock.SO_REUSEPORT, this.#one, 4) }

  /** Take IPv4 clients on an IPv6 address too. */
  bothFamilies (fd: number): void { this.#libc.setsockopt(fd, sock.IPPROTO_IPV6, sock.IPV6_V6ONLY, this.#zero, 4) }
}
