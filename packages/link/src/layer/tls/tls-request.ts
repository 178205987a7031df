import type { ByteLink, LinkError, LinkSink } from '../../byte-link.ts'
import { internalFault } from '../../internal-fault.ts'
import { nobody } from '../../nobody.ts'
import type { LayerEvents, Opening, TlsStep } from '../layer.ts'

/** Longest answer of a server to one step. */
const MAX_ANSWER = 16 * 1024
const LF = 10

/**
 * The bytes before TLS with one server, in the words of the protocol: each step is sent, and its answer compared. Then
 * the handshake begins on the same link. A server that sends more than its answer is refused: nothing shows who has
 * sent the rest (CVE-2021-23222 of libpq).
 */
export class TlsRequest implements Opening, LinkSink {
  readonly #link: ByteLink
  readonly #steps: readonly TlsStep[]
  readonly #events: LayerEvents
  readonly #begin: () => Opening
  #at = 0
  #got = Buffer.alloc(0)
  #over = false
  #handshake: Opening | undefined

  /** `begin`: put TLS on the link. */
  constructor (link: ByteLink, steps: readonly TlsStep[], events: LayerEvents, begin: () => Opening) {
    this.#link = link
    this.#steps = steps
    this.#events = events
    this.#begin = begin
    link.sink = this
    if (steps.length === 0)
      this.#fail('other', 'the extension does not declare how TLS is started with servers (serverTls)')
    else this.#send()
  }

  cancel (): void {
    if (this.#handshake !== undefined) this.#handshake.cancel()
    else this.#end()
  }

  onBytes (bytes: Uint8Array): void {
    this.#got = Buffer.concat([this.#got, bytes])
    while (!this.#over && this.#got.length > 0 && this.#take(this.#steps[this.#at]!)) { /* the next answer */ }
  }

  /** Compare what has come with the answer; false: it is not whole. */
  #take ({ accepts, line, skips }: TlsStep): boolean {
    const got = this.#got
    const end = line ? got.indexOf(LF) + 1 : Math.min(got.length, accepts.length)
    if (end === 0) {
      if (got.length > MAX_ANSWER)
        this.#fail('protocol', `the server's answer to the request for TLS is longer than ${MAX_ANSWER} bytes`)
      return false
    }
    const answer = got.toString('latin1', 0, end)
    if (line && skips !== undefined && answer.startsWith(skips)) {
      this.#got = got.subarray(end)
      return true
    }
    if (line ? !answer.startsWith(accepts) : !accepts.startsWith(answer)) {
      this.#fail('tls', `the server does not start TLS: it answered ${JSON.stringify(answer.slice(0, 64).trim())}`)
      return false
    }
    if (!line && end < accepts.length) return false
    if (end < got.length) {
      this.#fail('protocol', `the server sent ${got.length - end} bytes behind its answer to the request for TLS`)
      return false
    }
    this.#got = Buffer.alloc(0)
    if (++this.#at < this.#steps.length) this.#send()
    else this.#accepted()
    return true
  }

  #send (): void { this.#link.writeOwned(Uint8Array.from(this.#steps[this.#at]!.send)) }

  #accepted (): void {
    this.#over = true
    this.#link.sink = nobody
    this.#handshake = this.#begin()
  }

  onEnd (): void {
    this.#fail('reset', 'the server closed the connection before TLS was started')
  }
  onClosed (error: LinkError | undefined): void {
    this.#fail('reset', error?.message ?? 'the server closed the connection before TLS was started')
  }
  onDrained (): void {}
  onFault (error: unknown): void { this.#fail('internal', internalFault(error).message) }

  #fail (kind: LinkError['kind'], message: string): void {
    if (this.#over) return
    this.#end()
    this.#events.onFailed({ kind, message }, false)
  }

  #end (): void {
    this.#over = true
    this.#link.sink = nobody
    this.#link.abort()
  }
}
