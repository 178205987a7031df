// A transport without sockets, for what a test wants to say in an exact order: bytes, ends and answers come when the
// test says so.
import { WeirError } from '@weirlb/model'
import { createInProcessRuntime } from '@weirlb/testing'
import type { BatchSink, Guest, Runtime } from '@weirlb/sdk/abi'
import {
  unmetered, type ByteLink, type ClientFacts, type Dial, type DialOptions, type DialSink, type KeepAlive,
  type LinkError, type LinkSink, type Listener, type ListenerEvents, type ListenOptions, type Transport
} from '@weirlb/link'

const NOBODY: LinkSink = {
  onBytes () {},
  onEnd () {},
  onDrained () {},
  onClosed () {},
  onFault (error) {
    throw error
  }
}

/** Memory that links have lent beyond its delivery. */
const keptMemory = new Set<ArrayBufferLike>()

/**
 * One end of a connection, held by the test. It keeps the contract of ByteLink: nothing is delivered while it is
 * paused or after it was closed.
 */
export class FakeLink implements ByteLink {
  peer: ClientFacts = { address: '127.0.0.1', port: 1 }
  sink: LinkSink = NOBODY
  bytesRead = 0
  bytesWritten = 0
  meter = unmetered
  queued = 0
  /** What the peer has not taken; the test says. */
  unsent = 0
  /** Writes answer false from now on, until `drain`. */
  slow = false
  ended = false
  /** How we closed it. */
  closed: 'close' | 'abort' | undefined
  gone = false
  #text = ''
  #pauses = 0
  #stalled = false
  readonly #inbox: Uint8Array[] = []
  #fin = false
  #delivering: ArrayBufferLike | undefined
  #deliveries = 0
  /** Deliveries that are kept. */
  kept = 0

  get paused (): boolean { return this.#pauses > 0 }
  get readFor (): number { return this.paused ? 0 : Infinity }
  /** What was written to it. */
  get text (): string { return this.#text }
  /** Bytes that were given and not taken. */
  get unread (): number { return this.#inbox.reduce((sum, bytes) => sum + bytes.length, 0) }

  write (bytes: Uint8Array): boolean {
    if (this.ended || bytes.length === 0) return true
    this.bytesWritten += bytes.length
    this.meter.written += bytes.length
    this.#text += Buffer.from(bytes).toString('latin1')
    if (this.slow) this.#stalled = true
    return !this.slow
  }

  writeOwned (bytes: Uint8Array): boolean {
    if (keptMemory.has(bytes.buffer)) throw new Error('kept bytes are written as owned')
    return this.write(bytes)
  }

  /** Every second delivery may be kept: a link has room for so much. */
  keep (bytes: Uint8Array): boolean {
    if (bytes.buffer !== this.#delivering) throw new Error('bytes are kept after their delivery')
    if (this.#deliveries % 2 === 0) return false
    keptMemory.add(bytes.buffer)
    this.kept++
    return true
  }

  release (bytes: Uint8Array): void {
    if (!keptMemory.delete(bytes.buffer)) throw new Error('bytes are released that are not kept')
    new Uint8Array(bytes.buffer).fill(0x21)
    this.kept--
  }

  pause (): void { this.#pauses++ }

  resume (): void {
    if (this.#pauses === 0) throw new Error('resumed more often than paused')
    this.#pauses--
    this.#deliver()
  }

  end (): void { this.ended = true }
  close (): void { this.#close('close') }
  abort (): void { this.#close('abort') }

  #close (how: 'close' | 'abort'): void {
    if (this.closed !== undefined) return
    this.closed = how
    this.ended = true
    setImmediate(() => { this.leave() })
  }

  #deliver (): void {
    while (this.#pauses === 0 && this.closed === undefined && !this.gone) {
      const bytes = this.#inbox.shift()
      if (bytes !== undefined) {
        this.bytesRead += bytes.length
        this.meter.read += bytes.length
        // Valid during the call only, unless it is kept.
        const lent = Uint8Array.from(bytes)
        this.#deliveries++
        this.#delivering = lent.buffer
        this.sink.onBytes(lent)
        this.#delivering = undefined
        if (!keptMemory.has(lent.buffer)) lent.fill(0x21)
        continue
      }
      if (!this.#fin) return
      this.#fin = false
      this.sink.onEnd()
    }
  }

  /** The peer sends. */
  gives (text: string | Uint8Array): void {
    this.#inbox.push(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
    this.#deliver()
  }

  /** The peer sends its FIN. */
  fin (): void {
    this.#fin = true
    this.#deliver()
  }

  /** All that was written is out. */
  drain (): void {
    this.slow = false
    if (!this.#stalled) return
    this.#stalled = false
    if (this.closed === undefined && !this.gone) this.sink.onDrained()
  }

  /** The link is gone. */
  leave (error?: LinkError): void {
    if (this.gone) return
    this.gone = true
    this.sink.onClosed(error)
  }
}

/** A dial that the test answers. */
export class FakeDial implements Dial {
  readonly options: DialOptions
  readonly #sink: DialSink
  cancelled = false
  constructor (options: DialOptions, sink: DialSink) {
    this.options = options
    this.#sink = sink
  }

  cancel (): void { this.cancelled = true }

  connect (): FakeLink {
    const link = new FakeLink()
    this.#sink.onConnected(link)
    return link
  }

  fail (): void { this.#sink.onFailed({ kind: 'refused', message: 'refused by the test' }) }
}

export class FakeTransport implements Transport {
  readonly dials: FakeDial[] = []
  readonly listening = new Map<number, ListenerEvents>()
  /** Of listeners, by their ports. */
  readonly keepAlive = new Map<number, KeepAlive>()
  #ports = 1000

  async listen (options: ListenOptions, events: ListenerEvents): Promise<Listener> {
    const port = options.port === 0 ? ++this.#ports : options.port
    if (this.listening.has(port)) throw new WeirError('address-taken', `the test listens on ${port}`)
    this.listening.set(port, events)
    if (options.keepAlive !== undefined) this.keepAlive.set(port, options.keepAlive)
    return { address: options.address, port, setKeepAlive: keepAlive => { this.keepAlive.set(port, keepAlive) }, share: () => [], close: () => { this.listening.delete(port); return undefined } }
  }

  dial (options: DialOptions, sink: DialSink): Dial {
    const dial = new FakeDial(options, sink)
    this.dials.push(dial)
    return dial
  }

  /** A client of this port. */
  connect (port: number): FakeLink {
    const link = new FakeLink()
    this.listening.get(port)!.onLink(link)
    return link
  }
}

/** Let what is scheduled for the next turns of the loop happen. */
export const turns = async (count = 3): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise(resolve => { setImmediate(resolve) })
}

/** Runs extensions in this process; while `held`, crossings wait as they do on a thread of their own. */
export class HeldRuntime implements Runtime {
  held = false
  /** What `load` fails with, while it is set. */
  failure: Error | undefined
  readonly #runtime = createInProcessRuntime()
  readonly #waiting: (() => void)[] = []
  readonly #running: { sink: BatchSink, bank: number }[] = []

  async load (...args: Parameters<Runtime['load']>): Promise<Guest> {
    if (this.failure !== undefined) throw this.failure
    const guest = await this.#runtime.load(...args)
    const run = guest.run.bind(guest)
    guest.run = (bank, count, sink) => {
      if (!this.held) return run(bank, count, sink)
      const entry = { sink, bank }
      this.#running.push(entry)
      this.#waiting.push(() => { if (this.#running.includes(entry)) run(bank, count, sink) })
    }
    return guest
  }

  /** Let the crossings go on. */
  release (): void {
    this.held = false
    for (const go of this.#waiting.splice(0)) go()
    this.#running.length = 0
  }

  /** The guest dies with the crossing that is held. */
  kill (message: string): void {
    this.held = false
    this.#waiting.length = 0
    for (const { sink, bank } of this.#running.splice(0)) sink.batchFailed(bank, { kind: 'crash', message }, 0)
  }
}
