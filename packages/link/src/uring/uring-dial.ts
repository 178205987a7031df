import type { LookupAddress } from 'node:dns'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import { endpointText } from '@weirlb/model'
import { internalFault } from '../internal-fault.ts'
import { wheel, WheelTimer } from '../timers/wheel.ts'
import type { LinkError } from '../byte-link.ts'
import type { Peer } from '../client-facts.ts'
import type { Dial, DialOptions, DialSink } from '../transport.ts'
import { lookupOf } from '../node/known-addresses.ts'
import { linkErrorFrom } from './abi/errno.ts'
import * as abi from './abi/io-uring.ts'
import { SOCKADDR_BYTES, writeSockaddr } from './abi/sockaddr.ts'
import * as sock from './abi/socket.ts'
import type { UringLoop } from './loop.ts'
import { lost } from './lost.ts'
import type { Owner } from './slots.ts'
import { UringLink } from './uring-link.ts'

const SOCKET = 0
const CONNECT = 1
const CANCEL = 2
const CLOSE = 3

const NONE = -1

/** How long an address has before the next one of its name is tried beside it (RFC 8305 §5, §8). */
const HEAD_START_MS = 250

/** An address as the kernel wants it. */
interface Target {
  readonly peer: Peer
  readonly family: number
  readonly length: number
  readonly at: number
  readonly name: Buffer
}

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
    const target: Target = {
      peer: { address, port },
      ...writeSockaddr(name, address, port),
      at: this.#loop.libc.addressOf(name),
      name
    }
    if (this.#known.size === TARGETS) this.#known.delete(this.#known.keys().next().value!)
    this.#known.set(key, target)
    return target
  }
}

/** Families in turn, so that one which leads nowhere holds up the other by one address (RFC 8305 §4). */
const inTurn = (addresses: readonly LookupAddress[]): string[] => {
  const first = addresses.filter(({ family }) => family === addresses[0]!.family)
  const second = addresses.filter(({ family }) => family !== addresses[0]!.family)
  return Array.from({ length: Math.max(first.length, second.length) }, (_, i) => [first[i], second[i]]).flat().filter(
    each => each !== undefined
  ).map(({ address }) => address)
}

/**
 * One address that is tried.
 *
 *   socket ──► connect ──┬──► link
 *                        └──► close
 */
class Attempt implements Owner {
  readonly target: Target
  readonly #loop: UringLoop
  readonly #dial: UringDial
  readonly #slot: number
  #fd = NONE
  /** The operation in flight, beside its cancellation. */
  #doing = SOCKET
  #cancelling = false
  /** The connection is not needed any more. */
  #abandoned = false

  constructor (loop: UringLoop, dial: UringDial, target: Target) {
    this.target = target
    this.#loop = loop
    this.#dial = dial
    this.#slot = loop.slots.take(this)
    loop.enlist()
    // socket(2): the family is where others have their descriptor, the type in `off`.
    loop.submit(abi.OP_SOCKET, 0, 0, target.family, 0, 0, 0, this.#slot, SOCKET, 0)
    loop.ring.withOffset(sock.SOCK_STREAM | sock.SOCK_CLOEXEC)
  }

  onCompletion (kind: number, result: number): void {
    if (kind === CANCEL && this.#cancelling) this.#cancelling = false
    else if (kind === this.#doing) {
      this.#doing = NONE
      if (kind === SOCKET) this.#onSocket(result)
      else if (kind === CONNECT) this.#onConnect(result)
    } else throw lost(`a completion (result ${result}) of a dial's operation ${kind}, which is not in flight`)
    if (this.#doing !== NONE || this.#cancelling) return
    this.#loop.slots.release(this.#slot)
    this.#loop.discharge()
  }

  onFault (error: unknown): void { this.#dial.onFault(error) }

  #onSocket (fd: number): void {
    if (fd < 0) {
      if (!this.#abandoned) this.#dial.onRefused(this, linkErrorFrom('socket', fd))
      return
    }
    this.#fd = fd
    if (this.#abandoned) {
      this.#close()
      return
    }
    this.#loop.options.noDelay(fd)
    this.#doing = CONNECT
    this.#loop.submit(abi.OP_CONNECT, 0, 0, fd, this.target.at, 0, 0, this.#slot, CONNECT, 0)
    this.#loop.ring.withOffset(this.target.length)
  }

  #onConnect (result: number): void {
    if (result === 0 && !this.#abandoned) {
      this.#dial.onConnected(this, this.#fd)
      return
    }
    this.#close()
    if (this.#abandoned) return
    const error = linkErrorFrom('connect', result)
    const { address, port } = this.target.peer
    this.#dial.onRefused(this, { ...error, message: `${error.message}: ${endpointText(address, port)}` })
  }

  #close (): void {
    this.#doing = CLOSE
    this.#loop.submit(abi.OP_CLOSE, 0, 0, this.#fd, 0, 0, 0, this.#slot, CLOSE, 0)
  }

  /** Abandon the operations in flight; a socket that is created later is closed. The dial gets no more calls. */
  abandon (): void {
    this.#abandoned = true
    if (this.#doing !== CONNECT) return
    this.#cancelling = true
    this.#loop.cancel(this.#slot, CONNECT, CANCEL)
  }
}

/** Calls a dial when its latest address has had its head start. */
class HeadStart extends WheelTimer {
  readonly #dial: UringDial
  constructor (dial: UringDial) {
    super()
    this.#dial = dial
  }

  override onTimeout (): void { this.#dial.tryNext() }
  override onFault (error: unknown): void { this.#dial.onFault(error) }
}

/**
 * A dial in flight, with a time-out on the wheel.
 *
 *   (name: look up) ──► attempt ──► connected: the other attempts are abandoned
 *                        │ ▲  one more when an attempt has failed, or has had its head start
 *                        └─┘  failed: none is left
 */
export class UringDial extends WheelTimer implements Dial {
  readonly #loop: UringLoop
  readonly #targets: Targets
  readonly #options: DialOptions
  readonly #sink: DialSink
  /** Addresses that are still to be tried. */
  #addresses: string[] = []
  /** Those that are being tried; one that is over is taken out. */
  #attempts: Attempt[] = []
  #headStart: HeadStart | undefined = undefined
  /** Why attempts have failed. */
  #error: LinkError | undefined = undefined
  /** The sink was called, or needs no call any more. */
  #settled = false

  constructor (loop: UringLoop, targets: Targets, lookup: LookupFunction, options: DialOptions, sink: DialSink) {
    super()
    this.#loop = loop
    this.#targets = targets
    this.#options = options
    this.#sink = sink
    wheel.arm(this, options.timeoutMs)
    // An immediate refusal (a name with a zero byte, an unknown zone) is reported like every other failure, after
    // dial() has returned.
    try {
      const { addresses = [options.address] } = options
      if (addresses.length === 1 && isIP(addresses[0]!) !== 0) this.#try(addresses[0]!)
      else this.#lookUp(lookupOf(options, lookup))
    } catch (error) {
      setImmediate(() => { this.#fail({ kind: 'other', message: (error as Error).message }) })
    }
  }

  #lookUp (lookup: LookupFunction): void {
    lookup(this.#options.address, { all: true }, (error, addresses) => {
      if (this.#settled) return
      if (error !== null) {
        this.#fail({ kind: 'other', message: error.message })
        return
      }
      this.#addresses = inTurn(addresses as LookupAddress[])
      if (this.#addresses.length > 1) this.#headStart = new HeadStart(this)
      this.tryNext()
    })
  }

  #try (address: string): void {
    this.#attempts.push(new Attempt(this.#loop, this, this.#targets.find(address, this.#options.port)))
  }

  /**
   * Try one more address, if there is one, beside the pending ones. An immediately refused one is followed by the
   * next.
   */
  tryNext (): void {
    for (let next = this.#addresses.shift(); next !== undefined; next = this.#addresses.shift()) {
      if (this.#addresses.length > 0) wheel.arm(this.#headStart!, HEAD_START_MS)
      try {
        this.#try(next)
        return
      } catch (error) {
        this.#note({ kind: 'other', message: (error as Error).message })
      }
    }
    if (this.#error !== undefined && this.#attempts.length === 0) this.#fail(this.#error)
  }

  onRefused (attempt: Attempt, error: LinkError): void {
    this.#forget(attempt)
    this.#note(error)
    this.tryNext()
  }

  #note (error: LinkError): void {
    this.#error = this.#error === undefined
      ? error
      : { kind: error.kind, message: `${this.#error.message}; ${error.message}` }
  }

  onConnected (attempt: Attempt, fd: number): void {
    this.#forget(attempt)
    this.#settle()
    const link = new UringLink(this.#loop, fd, attempt.target.peer)
    const { keepAlive } = this.#options
    if (keepAlive !== undefined && keepAlive.idleSeconds > 0) this.#loop.keepAlives.add(link.slot, fd, keepAlive)
    this.#sink.onConnected(link)
    link.start()
  }

  #forget (attempt: Attempt): void { this.#attempts.splice(this.#attempts.indexOf(attempt), 1) }

  cancel (): void { if (!this.#settled) this.#settle() }

  override onTimeout (): void {
    const { address, port, timeoutMs } = this.#options
    this.#fail({ kind: 'timeout', message: `no connection with ${endpointText(address, port)} within ${timeoutMs} ms` })
  }

  override onFault (error: unknown): void { this.#fail(internalFault(error)) }

  #fail (error: LinkError): void {
    if (this.#settled) return
    this.#settle()
    this.#sink.onFailed(error)
  }

  /** The dial is over: pending attempts are no longer needed. */
  #settle (): void {
    this.#settled = true
    wheel.cancel(this)
    if (this.#headStart !== undefined) wheel.cancel(this.#headStart)
    for (const attempt of this.#attempts) attempt.abandon()
  }
}
