import { type ByteLink, type LinkError, type LinkSink, wheel, WheelTimer } from '@weirlb/link'
import type { Inlet } from '../direction/inlet.ts'
import type { FirstBytes } from './first-bytes.ts'

/** The sender of the first message to a server that has not answered it. */
export interface Resender {
  /** The server has begun to answer. */
  onAnswered (): void
  /**
   * It has ended, or its link is closed, without a byte. True: the message goes to another, and this link has no
   * owner any more.
   */
  onUnanswered (error: LinkError | undefined): boolean
  /** It has not begun to answer in time. */
  onLate (): void
  onFault (error: unknown): void
}

/** Reads a server until its first byte, and keeps the sent bytes until then, where they may go to another. */
export class Unanswered extends WheelTimer implements LinkSink {
  readonly #resender: Resender
  readonly #link: ByteLink
  /** The later receiver of its bytes. */
  readonly inlet: Inlet
  /** What may be sent to another server; undefined: nothing, or not any more. */
  message: FirstBytes | undefined
  readonly #waitMs: number

  /** `waitMs`: time for the first byte; 0: any. */
  constructor (resender: Resender, link: ByteLink, inlet: Inlet, message: FirstBytes | undefined, waitMs: number) {
    super()
    this.#resender = resender
    this.#link = link
    this.inlet = inlet
    this.message = message
    this.#waitMs = waitMs
    link.sink = this
    if (waitMs > 0) wheel.arm(this, waitMs)
  }

  /** The server gets more than the first message, and no other may have it. False: nothing else is waited for. */
  keep (): boolean {
    this.message = undefined
    return this.armed
  }

  /** Wait as long once more. */
  waitOn (): void { wheel.arm(this, this.#waitMs) }

  /** Wait for nothing more. */
  stop (): void { wheel.cancel(this) }

  onBytes (bytes: Uint8Array): void {
    this.#resender.onAnswered()
    this.#link.sink.onBytes(bytes)
  }

  onEnd (): void {
    if (!this.#resender.onUnanswered(undefined)) this.#link.sink.onEnd()
  }
  onClosed (error: LinkError | undefined): void {
    if (!this.#resender.onUnanswered(error)) this.#link.sink.onClosed(error)
  }
  onDrained (): void {
    this.inlet.onDrained()
  }
  override onTimeout (): void {
    this.#resender.onLate()
  }
  override onFault (error: unknown): void {
    if (this.#link.sink === this) this.inlet.onFault(error)
    else this.#resender.onFault(error)
  }
}
