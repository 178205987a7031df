import { MAX_PROBE_ANSWER } from '@weirlb/sdk/abi'
import type { ProbeQuestion } from '@weirlb/engine'
import { compileFraming, type Cutter, NEED_MORE, Progress, whyBroken } from '@weirlb/engine/framing'
import { dial, type ByteLink, type LinkError, type LinkSink, type Dial, type DialSink, type Transport, wheel, WheelTimer } from '@weirlb/link'
import type { MonitorTarget } from './monitor.ts'

/** The result of an exchange: a reply, or its head with the full length; or the reason for none. */
export type Exchanged =
  | { readonly bytes: Uint8Array, readonly length: number }
  | { readonly failure: string }

/**
 * One probe of a server on a separate connection: dials, sends, and buffers the reply until the first message is
 * complete.
 */
export class ProbeExchange extends WheelTimer implements DialSink, LinkSink {
  readonly #question: Uint8Array
  readonly #framing: ProbeQuestion['framing']
  readonly #cutter: Cutter
  readonly #timeoutMs: number
  readonly #done: (result: Exchanged) => void
  readonly #until: number
  readonly #dial: Dial
  readonly #answer = Buffer.allocUnsafeSlow(MAX_PROBE_ANSWER)
  /** Bytes of the reply. */
  #used = 0
  readonly #progress = new Progress()
  /** Length of the reply, once known. */
  #length: number = NEED_MORE
  #link: ByteLink | undefined
  #over = false

  /** Begin; `timeoutMs` is for all of it, and `done` is called once. */
  constructor ({ bytes, framing }: ProbeQuestion, { address, port, nodeSockets, layers }: MonitorTarget, timeoutMs: number, transport: Transport, done: (result: Exchanged) => void) {
    super()
    this.#question = bytes
    this.#framing = framing
    this.#cutter = compileFraming(framing)
    this.#timeoutMs = timeoutMs
    this.#done = done
    this.#until = wheel.now + timeoutMs
    this.#dial = dial(transport, { address, port, timeoutMs, nodeSockets, layers }, this, undefined)
  }

  /** Give up; `done` is not called. */
  cancel (): void {
    this.#over = true
    wheel.cancel(this)
    if (this.#link === undefined) this.#dial.cancel()
    else this.#link.close()
  }

  onConnected (link: ByteLink): void {
    this.#link = link
    link.sink = this
    wheel.arm(this, Math.max(0, this.#until - wheel.now))
    if (this.#question.length > 0) link.writeOwned(this.#question)
  }

  onFailed (error: LinkError): void { this.#end({ failure: error.message }) }

  onBytes (bytes: Uint8Array): void {
    if (this.#over) return
    const taken = Math.min(bytes.length, MAX_PROBE_ANSWER - this.#used)
    this.#answer.set(bytes.subarray(0, taken), this.#used)
    this.#used += taken
    if (this.#length === NEED_MORE) {
      this.#length = this.#cutter.measure(this.#answer, 0, this.#used, this.#progress)
      this.#progress.seen = this.#used
    }
    const length = this.#length
    if (length < 0) this.#end({ failure: `the reply cannot be framed: ${whyBroken(length, this.#framing, this.#answer, 0, this.#used)}` })
    else if (length !== NEED_MORE && this.#used >= Math.min(length, MAX_PROBE_ANSWER)) this.#answered(length)
    else if (length === NEED_MORE && this.#used === MAX_PROBE_ANSWER) this.#end({ failure: `the reply has no end within ${MAX_PROBE_ANSWER} bytes` })
  }

  onEnd (): void {
    if (this.#over) return
    // An unfinished message counts as one, where the framing allows it.
    if (this.#used > 0 && this.#cutter.choose(this.#answer[0]!).atEnd === 'message') this.#answered(this.#used)
    else this.#end({ failure: `the server closed the connection before its reply${this.#soFar}` })
  }

  onDrained (): void {}

  onClosed (error: LinkError | undefined): void { this.#end({ failure: `${error?.message ?? 'the connection was closed'} before the server's reply${this.#soFar}` }) }

  override onFault (error: unknown): void { throw error }

  override onTimeout (): void { this.#end({ failure: `no reply within ${this.#timeoutMs / 1000} s${this.#soFar}` }) }

  get #soFar (): string { return this.#used === 0 ? '' : `, but ${this.#used} bytes of one: ${this.#answer.toString('hex', 0, Math.min(this.#used, 16))}` }

  #answered (length: number): void {
    this.#end({ bytes: this.#answer.subarray(0, Math.min(length, this.#used)), length })
  }

  #end (result: Exchanged): void {
    if (this.#over) return
    this.#over = true
    wheel.cancel(this)
    this.#link?.close()
    this.#done(result)
  }
}
