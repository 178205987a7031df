import type { LinkError, LinkSink } from '../byte-link.ts'
import type { LayeredClient } from '../client-facts.ts'
import { internalFault } from '../internal-fault.ts'
import { nobody } from '../nobody.ts'
import type { RawLink } from '../raw-link.ts'
import { wheel, WheelTimer } from '../timers/wheel.ts'
import type { LayerEvents, Opening } from './layer.ts'

/**
 * A client whose first bytes decide what its layer does: they are held until they are enough, and then unread for the
 * layer above. It fails when the client leaves, or when the layer's time is over.
 */
export abstract class PendingClient extends WheelTimer implements LinkSink, Opening {
  protected readonly client: LayeredClient
  protected readonly events: LayerEvents
  readonly #link: RawLink
  readonly #timeoutMs: number
  #held: Buffer | undefined = undefined

  constructor (link: RawLink, client: LayeredClient, events: LayerEvents, timeoutMs: number) {
    super()
    this.client = client
    this.events = events
    this.#link = link
    this.#timeoutMs = timeoutMs
    link.sink = this
    wheel.arm(this, timeoutMs)
  }

  /** What the first bytes precede, for people: `its TLS hello`. */
  protected abstract get before (): string

  /** What is not there when the time is over, for people: `whole TLS hello`. */
  protected abstract get missing (): string

  /**
   * Decide by the client's first bytes, at least one, which are valid during this call: call `opened`, `refuse` or
   * `abandon`. Returns true if more bytes are needed; whatever decides after a few bytes bounds what is held.
   */
  protected abstract waits (bytes: Buffer): boolean

  /** Number of bytes that the client has sent. */
  protected get held (): number { return this.#held?.length ?? 0 }

  onBytes (bytes: Uint8Array): void {
    const before = this.#held
    const all = before === undefined
      ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      : Buffer.concat([before, bytes])
    this.#held = all
    // The transport reuses its memory.
    if (this.waits(all) && before === undefined) this.#held = Buffer.from(all)
  }

  onEnd (): void { this.refuse({ kind: 'other', message: `the client closed the connection before ${this.before}` }) }
  onDrained (): void {}

  onClosed (error: LinkError | undefined): void {
    this.#leave()
    this.#failed(error ?? { kind: 'other', message: `the connection was closed before ${this.before}` })
  }

  override onTimeout (): void { this.refuse(this.overdue()) }

  override onFault (error: unknown): void { this.abandon(internalFault(error)) }

  cancel (): void {
    this.#leave()
    this.#link.abort()
  }

  /** Returns the failure of a client whose time is over. */
  protected overdue (): LinkError {
    return {
      kind: 'timeout',
      message: `no ${this.missing} within ${this.#timeoutMs / 1000} s, after ${this.held} bytes`
    }
  }

  /** Returns the link, whose next bytes are `rest`: the layer is open. */
  protected opened (rest: Uint8Array): RawLink {
    this.#leave()
    this.#link.unread(rest)
    this.#link.peer = this.client
    return this.#link
  }

  /** Close the connection in order; `last`: bytes that the client gets before. */
  protected refuse (error: LinkError, last?: Uint8Array): void {
    this.#leave()
    if (last !== undefined) this.#link.writeOwned(last)
    this.#link.close()
    this.#failed(error)
  }

  /** Close the connection with a reset. */
  protected abandon (error: LinkError): void {
    this.cancel()
    this.#failed(error)
  }

  #failed (error: LinkError): void { this.events.onFailed(error, this.#held === undefined) }

  #leave (): void {
    wheel.cancel(this)
    this.#link.sink = nobody
  }
}
