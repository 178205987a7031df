import type { KeepAlive } from '../transport.ts'
import type { Libc } from './abi/libc.ts'
import * as sock from './abi/socket.ts'
import { mapAnonymous } from './memory.ts'

/**
 * Options of our sockets. Their values are in memory at a known address: querying an address costs more than the
 * call.
 */
export class SocketOptions {
  readonly #libc: Libc
  readonly #zero: number
  readonly #one: number
  /** struct linger { 1, 0 } (socket(7)). */
  readonly #noLinger: number
  /** Idle, interval and probes of keep-alive: written for each call. */
  readonly #keepAlive: Int32Array
  readonly #keepAliveAt: number

  constructor (libc: Libc) {
    this.#libc = libc
    const values = [0, 1, 1, 0, 0, 0, 0]
    const { address, memory } = mapAnonymous(libc, values.length * 4)
    new Int32Array(memory).set(values)
    this.#keepAlive = new Int32Array(memory, 16, 3)
    this.#keepAliveAt = address + 16
    this.#zero = address
    this.#one = address + 4
    this.#noLinger = address + 8
  }

  /** Send small pieces at once (TCP_NODELAY). */
  noDelay (fd: number): void { this.#libc.setsockopt(fd, sock.IPPROTO_TCP, sock.TCP_NODELAY, this.#one, 4) }

  /** Probe the peer when nothing moves, or never. */
  keepAlive (fd: number, { idleSeconds, intervalSeconds, probes }: KeepAlive): void {
    const on = idleSeconds > 0
    this.#libc.setsockopt(fd, sock.SOL_SOCKET, sock.SO_KEEPALIVE, on ? this.#one : this.#zero, 4)
    if (!on) return
    this.#keepAlive[0] = idleSeconds
    this.#keepAlive[1] = intervalSeconds
    this.#keepAlive[2] = probes
    this.#libc.setsockopt(fd, sock.IPPROTO_TCP, sock.TCP_KEEPIDLE, this.#keepAliveAt, 4)
    this.#libc.setsockopt(fd, sock.IPPROTO_TCP, sock.TCP_KEEPINTVL, this.#keepAliveAt + 4, 4)
    this.#libc.setsockopt(fd, sock.IPPROTO_TCP, sock.TCP_KEEPCNT, this.#keepAliveAt + 8, 4)
  }

  /** Let close(2) reset the connection and forget what is not sent. */
  resetOnClose (fd: number): void { this.#libc.setsockopt(fd, sock.SOL_SOCKET, sock.SO_LINGER, this.#noLinger, 8) }

  /** Bind although connections of an earlier listener linger. */
  reuseAddress (fd: number): void { this.#libc.setsockopt(fd, sock.SOL_SOCKET, sock.SO_REUSEADDR, this.#one, 4) }

  /** Share the port with other processes. */
  reusePort (fd: number): void { this.#libc.setsockopt(fd, sock.SOL_SOCKET, sock.SO_REUSEPORT, this.#one, 4) }

  /** Take IPv4 clients on an IPv6 address too. */
  bothFamilies (fd: number): void { this.#libc.setsockopt(fd, sock.IPPROTO_IPV6, sock.IPV6_V6ONLY, this.#zero, 4) }
}
