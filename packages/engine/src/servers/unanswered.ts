import type { ByteLink, LinkError, LinkSink } from '@weirlb/link'
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
}

/** Reads a server until its first byte, and keeps the sent bytes until then. */
export class Unanswered implements LinkSink {
  readonly #resender: Resender
  readonly #link: ByteLink
  /** The later receiver of its bytes. */
  readonly inlet: Inlet
  readonly message: FirstBytes

  constructor (resender: Resender, link: ByteLink, inlet: Inlet, message: FirstBytes) {
    this.#resender = resender
    this.#link = link
    this.inlet = inlet
    this.message = message
    link.sink = this
  }

  onBytes (bytes: Uint8Array): void {
    this.#resender.onAnswered()
    this.#link.sink.onBytes(bytes)
  }

  onEnd (): void { if (!this.#resender.onUnanswered(undefined)) this.#link.sink.onEnd() }
  onClosed (error: LinkError | undefined): void { if (!this.#resender.onUnanswered(error)) this.#link.sink.onClosed(error) }
  onDrained (): void { this.inlet.onDrained() }
  onFault (error: unknown): void { this.inlet.onFault(error) }
}
