import { lookup } from 'node:dns'
import { isIP } from 'node:net'
import { wheel, WheelTimer } from '../../timers/wheel.ts'
import type { LinkError, Peer } from '../byte-link.ts'
import type { Dial, DialOptions, DialSink } from '../transport.ts'
import { linkErrorFrom } from './abi/errno.ts'
import * as abi from './abi/io-uring.ts'
import { SOCKADDR_BYTES, writeSockaddr } from './abi/sockaddr.ts'
import * as sock from './abi/socket.ts'
import type { UringLoop } from './loop.ts'
import type { Owner } from './slots.ts'
import { UringLink } from './uring-link.ts'

const SOCKET = 0
const CONNECT = 1
const CANCEL = 2
const CLOSE = 3

const NONE = -1

/** An address as the kernel wants it. */
interface Target { readonly peer: Peer, readonly family: number, readonly length: number, readonly at: number, readonly name: Buffer }

const TARGETS = 256

/** Servers are few and dialled often: their socket addresses are written once. */
export class Targets {
  readonly #loop: UringLoop
  readonly #known = new Map<string, Target>()
  constructor (loop: UringLoop) { this.#loop = loop }

  find (address: string, port: number): Target {
    const key = `${address} ${port}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const name = Buffer.alloc(SOCKADDR_BYTES)
    const target: Target = { peer: { address, port, serverName: undefined }, ...writeSockaddr(name, address, port), at: this.#loop.libc.addressOf(name), name }
    if (this.#known.size === TARGETS) this.#known.delete(this.#known.keys().next().value!)
    this.#known.set(key, target)
    return target
  }
}

/**
 * A dial in flight, with a time-out on the wheel.
 *
 *   (name: look up) ──► socket ──► connect ──┬──► link
 *                         ▲                  └──► close ──► next address of the name, or failed
 *                         └──────────────────────────────────────┘
 */
export class UringDial extends WheelTimer implements Dial, Owner {
  readonly #loop: UringLoop
  readonly #targets: Targets
  readonly #options: DialOptions
  readonly #sink: DialSink
  readonly #slot: number
  /** Addresses that are still to be tried. */
  #addresses: string[] = []
  #target: Target | undefined = undefined
  #fd = NONE
  #operations = 0
  #connecting = false
  /** The sink was told, or wants to hear nothing any more. */
  #settled = false
  #released = false

  constructor (loop: UringLoop, targets: Targets, options: DialOptions, sink: DialSink) {
    super()
    this.#loop = loop
    this.#targets = targets
    this.#options = options
    this.#sink = sink
    this.#slot = loop.slots.take(this)
    loop.enlist()
    wheel.arm(this, options.timeoutMs)
    if (isIP(options.address) !== 0) this.#try(options.address)
    else this.#lookUp(options.address)
  }

  #lookUp (name: string): void {
    // What Node refuses at once (a name with a zero byte) fails like everything else, after dial() has returned.
    try {
      lookup(name, { all: true }, (error, addresses) => {
        if (this.#settled) return
        if (error !== null) {
          this.#fail({ kind: 'other', message: error.message })
          return
        }
        this.#addresses = addresses.map(each => each.address)
        this.#try(this.#addresses.shift()!)
      })
    } catch (error) {
      setImmediate(() => { this.#fail({ kind: 'other', message: (error as Error).message }) })
    }
  }

  #try (address: string): void {
    this.#target = this.#targets.find(address, this.#options.port)
    this.#operations++
    // socket(2): the family is where others have their descriptor, the type in `off`.
    this.#loop.submit(abi.OP_SOCKET, 0, 0, this.#target.family, 0, 0, 0, this.#slot, SOCKET, 0)
    this.#loop.ring.withOffset(sock.SOCK_STREAM | sock.SOCK_CLOEXEC)
  }

  onCompletion (kind: number, result: number): void {
    this.#operations--
    if (kind === SOCKET) this.#onSocket(result)
    else if (kind === CONNECT) this.#onConnect(result)
    this.#releaseWhenQuiet()
  }

  #onSocket (fd: number): void {
    if (fd < 0) {
      this.#fail(linkErrorFrom('socket', fd))
      return
    }
    this.#fd = fd
    if (this.#settled) {
      this.#close()
      return
    }
    this.#loop.options.noDelay(fd)
    const target = this.#target!
    this.#operations++
    this.#connecting = true
    this.#loop.submit(abi.OP_CONNECT, 0, 0, fd, target.at, 0, 0, this.#slot, CONNECT, 0)
    this.#loop.ring.withOffset(target.length)
  }

  #onConnect (result: number): void {
    this.#connecting = false
    if (this.#settled) {
      this.#close()
      return
    }
    if (result === 0) {
      this.#connected()
      return
    }
    this.#close()
    const next = this.#addresses.shift()
    if (next !== undefined) {
      this.#try(next)
      return
    }
    const error = linkErrorFrom('connect', result)
    this.#fail({ ...error, message: `${error.message}: ${this.#target!.peer.address}:${this.#options.port}` })
  }

  #connected (): void {
    const fd = this.#fd
    this.#fd = NONE
    this.#settle()
    const link = new UringLink(this.#loop, fd, this.#target!.peer)
    this.#sink.onConnected(link)
    link.start()
  }

  cancel (): void {
    if (this.#settled) return
    this.#settle()
    this.#abandon()
  }

  override onTimeout (): void {
    const { address, port, timeoutMs } = this.#options
    this.#fail({ kind: 'timeout', message: `no connection with ${address}:${port} within ${timeoutMs} ms` })
  }

  #fail (error: LinkError): void {
    if (this.#settled) return
    this.#settle()
    this.#abandon()
    this.#sink.onFailed(error)
  }

  #settle (): void {
    this.#settled = true
    wheel.cancel(this)
  }

  /** Let go of what is in flight; a socket that comes later is closed when it comes. */
  #abandon (): void {
    if (this.#connecting) {
      this.#operations++
      this.#loop.cancel(this.#slot, CONNECT, CANCEL)
    }
    this.#releaseWhenQuiet()
  }

  #close (): void {
    const fd = this.#fd
    this.#fd = NONE
    this.#operations++
    this.#loop.submit(abi.OP_CLOSE, 0, 0, fd, 0, 0, 0, this.#slot, CLOSE, 0)
  }

  #releaseWhenQuiet (): void {
    if (!this.#settled || this.#operations > 0 || this.#released) return
    this.#released = true
    this.#loop.slots.release(this.#slot)
    this.#loop.discharge()
  }
}
