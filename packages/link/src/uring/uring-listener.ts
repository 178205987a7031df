import { lookup } from 'node:dns'
import { isIP, isIPv6 } from 'node:net'
import type { WeirError } from '@weirlb/model'
import { wheel, WheelTimer } from '../timers/wheel.ts'
import type { Peer } from '../client-facts.ts'
import type { KeepAlive, Listener, ListenerEvents, ListenOptions, SharedSocket } from '../transport.ts'
import { addressOf, familyOf, portOf, SOCKADDR_BYTES, writeSockaddr } from './abi/sockaddr.ts'
import { EAGAIN, ECONNABORTED, EINTR, nameOf } from './abi/errno.ts'
import * as abi from './abi/io-uring.ts'
import * as sock from './abi/socket.ts'
import { Ipv4Peer } from './ipv4-peer.ts'
import type { UringLoop } from './loop.ts'
import { lost } from './lost.ts'
import type { Owner } from './slots.ts'
import { UringLink } from './uring-link.ts'
import { listenError } from '../listen-error.ts'

/** Connections that the kernel completes before we take them; it caps this at net.core.somaxconn (4096 by default). */
const BACKLOG = 4096
/** Accepts in flight: as many clients are taken in one turn. */
const ACCEPTS = 32
/** Pause after a failed accept: our own shortage (descriptors, memory) lasts a moment. */
const BACK_OFF_MS = 100
/** Errors of one client, or of none: the next accept may succeed. */
const passing: ReadonlySet<number> = new Set([ECONNABORTED, EINTR, EAGAIN])

const ACCEPT = 0
const CANCEL = 1

const peerOf = (name: Buffer): Peer => familyOf(name) === sock.AF_INET
  ? new Ipv4Peer(name.readInt32BE(4), portOf(name))
  : { address: addressOf(name), port: portOf(name) }

/**
 * One accept in flight, and the memory that the kernel writes the client's address to: a multishot accept has no place
 * for it.
 */
class Accept extends WheelTimer implements Owner {
  readonly #listener: UringListener
  readonly #slot: number
  readonly #name: Buffer
  readonly #address: number

  constructor (listener: UringListener, memory: Buffer, address: number) {
    super()
    this.#listener = listener
    this.#slot = listener.loop.slots.take(this)
    this.#name = memory
    this.#address = address
  }

  submit (): void {
    const { loop, fd } = this.#listener
    // struct sockaddr, then its length, which the kernel reads and writes.
    this.#name.writeUInt32LE(SOCKADDR_BYTES, SOCKADDR_BYTES)
    loop.submit(abi.OP_ACCEPT, 0, 0, fd, this.#address, 0, sock.SOCK_CLOEXEC, this.#slot, ACCEPT, 0)
    loop.ring.withOffset(this.#address + SOCKADDR_BYTES)
  }

  onCompletion (kind: number, result: number): void {
    if (kind !== ACCEPT || this.armed)
      throw lost(`a completion (result ${result}) of an accept's operation ${kind}, which is not in flight`)
    const listener = this.#listener
    if (result >= 0) listener.onAccepted(result, peerOf(this.#name))
    if (listener.closed) this.#end()
    else if (result >= 0 || passing.has(result)) this.submit()
    // At once again would be a busy loop.
    else wheel.arm(this, BACK_OFF_MS)
  }

  override onTimeout (): void { this.submit() }
  override onFault (error: unknown): void { throw error }

  /** The listener is closed: what is in flight ends by itself. */
  stop (): void {
    if (!this.armed) return
    wheel.cancel(this)
    this.#end()
  }

  #end (): void {
    this.#listener.loop.slots.release(this.#slot)
    this.#listener.onAcceptOver()
  }
}

class UringListener implements Listener, Owner {
  readonly address: string
  readonly port: number
  readonly loop: UringLoop
  readonly fd: number
  closed = false
  readonly #events: ListenerEvents
  /** Another process accepts from the socket too. */
  #shared: boolean
  #onOver = (): void => {}
  readonly #slot: number
  readonly #accepts: readonly Accept[]
  /** Accepts that are not over. */
  #live = ACCEPTS
  #cancelled = false

  constructor (loop: UringLoop, fd: number, address: string, port: number, events: ListenerEvents, shared: boolean) {
    this.#shared = shared
    this.loop = loop
    this.fd = fd
    this.address = address
    this.port = port
    this.#events = events
    this.#slot = loop.slots.take(this)
    loop.enlist()
    const each = 2 * SOCKADDR_BYTES
    const names = Buffer.allocUnsafeSlow(ACCEPTS * each)
    const at = loop.libc.addressOf(names)
    this.#accepts = Array.from(
      { length: ACCEPTS },
      (_, i) => new Accept(this, names.subarray(i * each, (i + 1) * each), at + i * each)
    )
    for (const accept of this.#accepts) accept.submit()
  }

  onAccepted (fd: number, peer: Peer): void {
    // A client that was taken before the cancellation has nobody else.
    if (this.closed && !this.#shared) {
      this.loop.libc.close(fd)
      return
    }
    if (this.#events.onPeer?.(peer) === false) {
      this.loop.options.resetOnClose(fd)
      this.loop.libc.close(fd)
      return
    }
    const link = new UringLink(this.loop, fd, peer)
    this.#events.onLink(link)
    link.start()
  }

  setKeepAlive (options: KeepAlive): void { if (!this.closed) this.loop.options.keepAlive(this.fd, options) }

  share (): readonly SharedSocket[] {
    this.#shared = true
    return [{ fd: this.fd }]
  }

  close (): Promise<void> | undefined {
    if (this.closed) return undefined
    this.closed = true
    const { loop } = this
    const over = this.#shared ? new Promise<void>(resolve => { this.#onOver = resolve }) : undefined
    // Others may listen on the port at once (with SO_REUSEADDR, as Node does): shutdown(2) of a listening socket ends
    // its listening, and the accepts with it.
    // The descriptor stays until they have ended, or the cancellation would find whatever has its number then.
    if (!this.#shared) loop.libc.shutdown(this.fd, sock.SHUT_RD)
    loop.cancelAll(this.fd, this.#slot, CANCEL)
    for (const accept of this.#accepts) accept.stop()
    return over
  }

  onFault (error: unknown): void { throw error }

  onCompletion (kind: number, result: number): void {
    if (kind !== CANCEL || !this.closed || this.#cancelled)
      throw lost(`a completion (result ${result}) of a listener's operation ${kind}, which is not in flight`)
    this.#cancelled = true
    this.#over()
  }

  onAcceptOver (): void {
    this.#live--
    this.#over()
  }

  #over (): void {
    if (!this.#cancelled || this.#live > 0) return
    this.loop.libc.close(this.fd)
    this.loop.slots.release(this.#slot)
    this.loop.discharge()
    this.#onOver()
  }
}

/** Listeners on inherited sockets of one address. */
class UringListeners implements Listener {
  readonly address: string
  readonly port: number
  readonly #all: readonly UringListener[]

  constructor (all: readonly UringListener[]) {
    this.address = all[0]!.address
    this.port = all[0]!.port
    this.#all = all
  }

  share (): readonly SharedSocket[] { return this.#all.flatMap(each => each.share()) }
  setKeepAlive (options: KeepAlive): void { for (const each of this.#all) each.setKeepAlive(options) }
  close (): Promise<void> { return Promise.all(this.#all.map(each => each.close())).then(() => {}) }
}

/** Returns the numeric address; a name is looked up. Rejects with Node's error. */
const resolve = (name: string): Promise<string> => isIP(name) !== 0
  ? Promise.resolve(name)
  : new Promise((resolve, reject) => { lookup(name, (error, address) => { if (error === null) resolve(address); else reject(error) }) })

/** Listen; rejects as `Transport.listen` promises. */
export const listenUring = async (
  loop: UringLoop,
  options: ListenOptions,
  events: ListenerEvents
): Promise<Listener> => {
  if (options.inherited !== undefined) return takeOver(loop, options, options.inherited, events)
  const refuse = (code: string, cause?: unknown): WeirError => listenError(options, code, cause)
  let address: string
  try {
    address = await resolve(options.address)
  } catch (error) {
    throw refuse((error as NodeJS.ErrnoException).code ?? '', error)
  }
  const { libc } = loop
  const name = Buffer.alloc(SOCKADDR_BYTES)
  let family: number
  let length: number
  try {
    ({ family, length } = writeSockaddr(name, address, options.port))
  } catch (error) {
    throw refuse('', error)
  }
  const fd = libc.socket(family, sock.SOCK_STREAM | sock.SOCK_CLOEXEC, 0)
  if (fd < 0) throw refuse(nameOf(fd))
  loop.options.reuseAddress(fd)
  if (options.reusePort) loop.options.reusePort(fd)
  if (isIPv6(address)) loop.options.bothFamilies(fd)
  // Accepted sockets inherit these (tcp(7) is silent; the kernel clones the listening socket).
  loop.options.noDelay(fd)
  if (options.keepAlive !== undefined) loop.options.keepAlive(fd, options.keepAlive)
  let failed = libc.bind(fd, name, length)
  if (failed === 0) failed = libc.listen(fd, BACKLOG)
  if (failed === 0) {
    const room = new Int32Array([SOCKADDR_BYTES])
    failed = libc.getsockname(fd, name, room)
  }
  if (failed < 0) {
    libc.close(fd)
    throw refuse(nameOf(failed))
  }
  return new UringListener(loop, fd, address, portOf(name), events, false)
}

/** Accept from sockets that listen already. */
const takeOver = (
  loop: UringLoop,
  options: ListenOptions,
  fds: readonly number[],
  events: ListenerEvents
): Listener => {
  const { libc } = loop
  const name = Buffer.alloc(SOCKADDR_BYTES)
  const failed = fds.map(fd => libc.getsockname(fd, name, new Int32Array([SOCKADDR_BYTES]))).find(result => result < 0)
  if (failed !== undefined) {
    for (const fd of fds) libc.close(fd)
    throw listenError(options, nameOf(failed), undefined)
  }
  for (const fd of fds) {
    loop.options.noDelay(fd)
    if (options.keepAlive !== undefined) loop.options.keepAlive(fd, options.keepAlive)
  }
  return new UringListeners(fds.map(fd => new UringListener(loop, fd, addressOf(name), portOf(name), events, true)))
}
