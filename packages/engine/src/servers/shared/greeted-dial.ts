import {
  type ByteLink,
  type Dial,
  dial,
  type DialClient,
  type DialSink,
  internalFault,
  type LinkError,
  type LinkSink,
  nobody,
  type Transport,
  wheel,
  WheelTimer
} from '@weirlb/link'
import type { ServiceRuntime } from '../../balancing/service.ts'
import { BoundaryCounter } from '../../framing/boundary-counter.ts'
import type { MessageSpec } from '../../framing/spec.ts'

/** What a link to a server has to be like, so that messages of certain clients may go over it. */
export interface LinkKind {
  readonly service: ServiceRuntime
  /** Messages of the server. */
  readonly spec: MessageSpec
  /** Is sent before the clients' first message; the server replies with one message. Undefined: nothing is. */
  readonly greeting: Uint8Array | undefined
}

/**
 * Dials a server, and greets it: the link is open once the server has replied to the greeting. One `target.timeoutMs`
 * is for the dial, and another for the reply.
 */
export class GreetedDial extends WheelTimer implements Dial, DialSink, LinkSink {
  readonly #kind: LinkKind
  readonly #sink: DialSink
  readonly #dial: Dial
  readonly #began = performance.now()
  #link: ByteLink | undefined
  #counter: BoundaryCounter | undefined
  #over = false

  constructor (kind: LinkKind, transport: Pick<Transport, 'dial'>, client: DialClient | undefined, sink: DialSink) {
    super()
    this.#kind = kind
    this.#sink = sink
    kind.service.dialBegun()
    this.#dial = dial(transport, kind.service.target, this, client)
  }

  cancel (): void {
    if (this.#over) return
    this.#end()
    if (this.#link === undefined) this.#dial.cancel()
    else this.#drop(this.#link)
  }

  onConnected (link: ByteLink): void {
    const { service, spec, greeting } = this.#kind
    service.dialSucceeded()
    service.onDialled(performance.now() - this.#began)
    link.meter = service.meter
    if (greeting === undefined) {
      this.#end()
      this.#sink.onConnected(link)
      return
    }
    this.#link = link
    this.#counter = new BoundaryCounter(spec.cutter)
    link.sink = this
    wheel.arm(this, service.target.timeoutMs)
    link.write(greeting)
  }

  onFailed (error: LinkError): void {
    if (this.#over) return
    this.#end()
    this.#kind.service.dialFailed(performance.now())
    this.#sink.onFailed(error)
  }

  // ── the reply to the greeting ────────────────────────────────────────────

  onBytes (bytes: Uint8Array): void {
    if (this.#over) return
    const counter = this.#counter!
    const at = counter.feedFrame(bytes, 0)
    if (at < bytes.length || counter.lost) {
      this.#refuse({ kind: 'protocol', message: 'the server answered its greeting with something else' })
      return
    }
    if (!counter.atBoundary) return
    const link = this.#link!
    this.#end()
    this.#sink.onConnected(link)
  }

  onEnd (): void { this.#refuse({ kind: 'reset', message: 'the server closed before it answered its greeting' }) }
  onDrained (): void {}
  onClosed (error: LinkError | undefined): void {
    this.#refuse(error ?? { kind: 'reset', message: 'the server closed before it answered its greeting' })
  }

  override onTimeout (): void {
    const { timeoutMs } = this.#kind.service.target
    this.#refuse({ kind: 'timeout', message: `the server did not answer its greeting within ${timeoutMs} ms` })
  }

  override onFault (error: unknown): void {
    this.#refuse(internalFault(error))
  }

  #refuse (error: LinkError): void {
    if (this.#over) return
    const link = this.#link!
    this.onFailed(error)
    this.#drop(link)
  }

  #drop (link: ByteLink): void {
    link.sink = nobody
    link.abort()
  }

  #end (): void {
    this.#over = true
    wheel.cancel(this)
  }
}
