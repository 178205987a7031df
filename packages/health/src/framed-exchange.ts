import { MAX_PROBE_ANSWER } from '@weirlb/sdk/abi'
import type { ProbeQuestion } from '@weirlb/engine'
import { compileFraming, type Cutter, NEED_MORE, Progress, whyBroken } from '@weirlb/engine/framing'
import type { DialTarget, Transport } from '@weirlb/link'
import { Exchange } from './exchange.ts'

/** The result of an exchange: a reply, or its head with the full length; or the reason for none. */
export type Exchanged =
  | { readonly bytes: Uint8Array, readonly length: number }
  | { readonly failure: string }

/** One probe of an extension: the reply is buffered until the first message is complete. */
export class FramedExchange extends Exchange {
  readonly #framing: ProbeQuestion['framing']
  readonly #cutter: Cutter
  readonly #done: (result: Exchanged) => void
  readonly #answer = Buffer.allocUnsafeSlow(MAX_PROBE_ANSWER)
  /** Bytes of the reply. */
  #used = 0
  readonly #progress = new Progress()
  /** Length of the reply, once known. */
  #length: number = NEED_MORE

  /** Begin; `done` is called once. */
  constructor ({ bytes, framing }: ProbeQuestion, transport: Transport, target: DialTarget, done: (result: Exchanged) => void) {
    super(transport, target, bytes)
    this.#framing = framing
    this.#cutter = compileFraming(framing)
    this.#done = done
  }

  protected override onReply (bytes: Uint8Array): void {
    const taken = Math.min(bytes.length, MAX_PROBE_ANSWER - this.#used)
    this.#answer.set(bytes.subarray(0, taken), this.#used)
    this.#used += taken
    if (this.#length === NEED_MORE) {
      this.#length = this.#cutter.measure(this.#answer, 0, this.#used, this.#progress)
      this.#progress.seen = this.#used
    }
    const length = this.#length
    if (length < 0) this.fail(`the reply cannot be framed: ${whyBroken(length, this.#framing, this.#answer, 0, this.#used)}`)
    else if (length !== NEED_MORE && this.#used >= Math.min(length, MAX_PROBE_ANSWER)) this.#answered(length)
    else if (length === NEED_MORE && this.#used === MAX_PROBE_ANSWER) this.fail(`the reply has no end within ${MAX_PROBE_ANSWER} bytes`)
  }

  protected override onReplyEnd (): void {
    // An unfinished message counts as one, where the framing allows it.
    if (this.#used > 0 && this.#cutter.choose(this.#answer[0]!).atEnd === 'message') this.#answered(this.#used)
    else super.onReplyEnd()
  }

  protected override get soFar (): string { return this.#used === 0 ? '' : `, but ${this.#used} bytes of one: ${this.#answer.toString('hex', 0, Math.min(this.#used, 16))}` }

  protected override onFailure (failure: string): void { this.#done({ failure }) }

  #answered (length: number): void {
    if (this.end()) this.#done({ bytes: this.#answer.subarray(0, Math.min(length, this.#used)), length })
  }
}
