import {
  dial,
  type ByteLink,
  type Dial,
  type DialSink,
  type DialTarget,
  type LinkError,
  type LinkSink,
  type Transport,
  wheel,
  WheelTimer
} from '@weirlb/link'

/**
 * A connection of one probe: dials, sends, and gives the replies to a subclass, until that ends it or the time is
 * over.
 */
export abstract class Exchange extends WheelTimer implements DialSink, LinkSink {
  readonly #question: Uint8Array
  readonly #timeoutMs: number
  #until: number
  /** Since when its time stands still; undefined: it does not. */
  #heldAt: number | undefined
  readonly #dial: Dial
  #link: ByteLink | undefined
  #over = false

  /** Begin; the target's time-out is for all of it. */
  constructor (transport: Transport, target: DialTarget, question: Uint8Array) {
    super()
    this.#question = question
    this.#timeoutMs = target.timeoutMs
    this.#until = wheel.now + target.timeoutMs
    this.#dial = dial(transport, target, this, undefined)
  }

  /** Called with further bytes of the server. */
  protected abstract onReply (bytes: Uint8Array): void
  /** The server has ended its stream. Default: it has failed. */
  protected onReplyEnd (): void { this.fail(`the server closed the connection before its reply${this.soFar}`) }
  /** How much of a reply there is, as text. */
  protected abstract get soFar (): string
  /** The probe has failed. */
  protected abstract onFailure (reason: string): void
  /** A fault of Weir: the probe is over without a result. */
  protected abstract onFaulted (error: unknown): void

  /** Give up; nothing is called any more. */
  cancel (): void {
    if (this.#over) return
    this.#over = true
    wheel.cancel(this)
    if (this.#link === undefined) this.#dial.cancel()
    else {
      // A link closes in order once it has read the peer's end.
      if (this.#heldAt !== undefined) this.#link.resume()
      this.#link.close()
    }
  }

  /** The connection is closed, and nothing is called any more. False: it was already. */
  protected end (): boolean {
    if (this.#over) return false
    this.cancel()
    return true
  }

  protected fail (reason: string): void { if (this.end()) this.onFailure(reason) }

  /** True once it has ended. */
  protected get isOver (): boolean { return this.#over }

  /** The time stands still and nothing is read, until `proceed`. */
  protected hold (): void {
    this.#heldAt = wheel.now
    wheel.cancel(this)
    this.#link?.pause()
  }

  protected proceed (): void {
    this.#until += wheel.now - this.#heldAt!
    this.#heldAt = undefined
    wheel.arm(this, Math.max(0, this.#until - wheel.now))
    this.#link?.resume()
  }

  /** Send more. */
  protected send (bytes: Uint8Array): void { if (bytes.length > 0) this.#link?.writeOwned(bytes) }

  onConnected (link: ByteLink): void {
    this.#link = link
    link.sink = this
    wheel.arm(this, Math.max(0, this.#until - wheel.now))
    this.send(this.#question)
  }

  onFailed (error: LinkError): void { this.fail(error.message) }
  onBytes (bytes: Uint8Array): void { if (!this.#over) this.onReply(bytes) }
  onEnd (): void { if (!this.#over) this.onReplyEnd() }
  onDrained (): void {}
  onClosed (error: LinkError | undefined): void {
    this.fail(`${error?.message ?? 'the connection was closed'} before the server's reply${this.soFar}`)
  }
  override onFault (error: unknown): void {
    this.end()
    this.onFaulted(error)
  }

  override onTimeout (): void { this.fail(`no reply within ${this.#timeoutMs / 1000} s${this.soFar}`) }
}
