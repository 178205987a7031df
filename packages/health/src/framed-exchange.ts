import { MAX_PROBE_ANSWER } from '@weirlb/sdk/abi'
import type { ProbeQuestion } from '@weirlb/engine'
import { compileFraming, type Cutter, NEED_MORE, Progress, whyBroken } from '@weirlb/engine/framing'
import type { DialTarget, LinkError, Transport } from '@weirlb/link'
import { Exchange } from './exchange.ts'

/** A message of the server, or its head with the full length; or the reason for none; or a fault of Weir. */
export type Exchanged =
  | { readonly bytes: Uint8Array, readonly length: number }
  | { readonly failure: string }
  | { readonly fault: unknown }

/**
 * Maximum bytes that may come while a message is judged: reading is paused, but layers may have decrypted some more.
 */
const MAX_AHEAD = 4 * MAX_PROBE_ANSWER

/**
 * One probe of an extension. Each message of the server is buffered until it is complete and then handed out; the next
 * one is read after `goOn`.
 *
 *   reading ──message──► held ──goOn──► reading
 */
export class FramedExchange extends Exchange {
  readonly #framing: ProbeQuestion['framing']
  readonly #cutter: Cutter
  #done: (result: Exchanged) => void
  readonly #answer = Buffer.allocUnsafeSlow(MAX_PROBE_ANSWER)
  /** Bytes of the current message. */
  #used = 0
  #progress = new Progress()
  /** Length of the current message, once known. */
  #length: number = NEED_MORE
  /** Bytes of the message before, whose head was handed out. */
  #skip = 0
  /** A message is being judged. */
  #held = false
  /** The connection is paused. It stays so while the next message is among the bytes that are here. */
  #paused = false
  /** Bytes behind it. */
  #ahead: Uint8Array[] = []
  #aheadBytes = 0
  /** The server has ended its stream, or the connection was lost, meanwhile. */
  #ended = false
  #lost: { readonly error: LinkError | undefined } | undefined
  /** What the server is to send, as text. */
  #awaits = ''

  /** Begin; `done` is called once. */
  constructor (
    { bytes, framing }: ProbeQuestion,
    transport: Transport,
    target: DialTarget,
    done: (result: Exchanged) => void
  ) {
    super(transport, target, bytes)
    this.#framing = framing
    this.#cutter = compileFraming(framing)
    this.#done = done
  }

  /** Send these bytes, and read the next message; `done` is called once. The message before is not needed any more. */
  goOn (bytes: Uint8Array, awaits: string, done: (result: Exchanged) => void): void {
    if (this.isOver) return
    this.#done = done
    this.#awaits = awaits
    if (this.#aheadBytes > MAX_AHEAD) {
      this.fail(`the server sent more than ${MAX_AHEAD} bytes ahead`)
      return
    }
    this.send(bytes)
    this.#held = false
    const ahead = this.#ahead
    this.#ahead = []
    this.#aheadBytes = 0
    for (const chunk of ahead) this.onReply(chunk)
    if (this.#held || this.isOver) return
    if (this.#ended) this.onReplyEnd()
    else if (this.#lost !== undefined) super.onClosed(this.#lost.error)
    else {
      this.#paused = false
      this.proceed()
    }
  }

  protected override onReply (bytes: Uint8Array): void {
    if (this.isOver) return
    if (this.#held) {
      this.#keep(bytes)
      return
    }
    const skipped = Math.min(this.#skip, bytes.length)
    this.#skip -= skipped
    const taken = Math.min(bytes.length - skipped, MAX_PROBE_ANSWER - this.#used)
    if (taken === 0) return
    this.#answer.set(bytes.subarray(skipped, skipped + taken), this.#used)
    this.#used += taken
    if (this.#length === NEED_MORE) {
      this.#length = this.#cutter.measure(this.#answer, 0, this.#used, this.#progress)
      this.#progress.seen = this.#used
    }
    const length = this.#length
    if (length < 0)
      this.fail(`the reply cannot be framed: ${whyBroken(length, this.#framing, this.#answer, 0, this.#used)}`)
    else if (length !== NEED_MORE && this.#used >= Math.min(length, MAX_PROBE_ANSWER))
      this.#handOut(length, bytes.subarray(skipped + taken))
    else if (length === NEED_MORE && this.#used === MAX_PROBE_ANSWER)
      this.fail(`the reply has no end within ${MAX_PROBE_ANSWER} bytes`)
  }

  protected override onReplyEnd (): void {
    if (this.#held) this.#ended = true
    // An unfinished message counts as one, where the framing allows it.
    else if (this.#used > 0 && this.#cutter.choose(this.#answer[0]!).atEnd === 'message') {
      this.#ended = true
      this.#handOut(this.#used, this.#answer.subarray(0, 0))
    } else super.onReplyEnd()
  }

  override onClosed (error: LinkError | undefined): void {
    if (this.#held) this.#lost = { error }
    else super.onClosed(error)
  }

  protected override get soFar (): string {
    const awaited = this.#awaits === '' ? '' : ` while it awaited ${this.#awaits}`
    return this.#used === 0
      ? awaited
      : `${awaited}, but ${this.#used} bytes of one: ${this.#answer.toString('hex', 0, Math.min(this.#used, 16))}`
  }

  protected override onFailure (failure: string): void { this.#done({ failure }) }
  protected override onFaulted (fault: unknown): void { this.#done({ fault }) }

  /** The message is complete; `behind`: what followed it and is not in the buffer. */
  #handOut (length: number, behind: Uint8Array): void {
    const here = Math.min(length, this.#used)
    const bytes = Uint8Array.prototype.slice.call(this.#answer, 0, here)
    this.#held = true
    if (!this.#paused) this.hold()
    this.#paused = true
    this.#keep(this.#answer.subarray(here, this.#used))
    this.#keep(behind)
    this.#skip = length - here
    this.#used = 0
    this.#length = NEED_MORE
    this.#progress = new Progress()
    if (!this.isOver) this.#done({ bytes, length })
  }

  #keep (bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#aheadBytes += bytes.length
    if (this.#aheadBytes <= MAX_AHEAD) this.#ahead.push(Uint8Array.prototype.slice.call(bytes))
  }
}
