import { WeirError } from '@weirlb/model'
import { Event, type Guest, Op, type Runtime } from '@weirlb/sdk/abi'
import type { ProbeAnswer, ProbeQuestion, ProbeVerdict } from './probe.ts'
import { askGuest, toldInOneLine, type Said } from './ask-guest.ts'
import type { ExtensionHost } from './extension-host.ts'
import { loadGuest } from './load-guest.ts'
import { Strikes } from './strikes.ts'

const NO_BYTES = new Uint8Array(0)

/**
 * The guest in which one version of an extension says how to probe: its own, so that a probe that loops costs no client anything, and on a thread, so that it
 * stalls nobody. It is loaded when it is first asked, asked one thing at a time, and loaded again after it was cut; too often, and it is not asked for a while.
 */
export class ProbeGuest {
  readonly host: ExtensionHost
  readonly #runtime: Runtime
  readonly #strikes: Strikes
  #guest: Guest | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #disposed = false

  constructor (host: ExtensionHost, runtime: Runtime) {
    this.host = host
    this.#runtime = runtime
    this.#strikes = new Strikes(host.strikePolicy)
  }

  async question (): Promise<ProbeQuestion> {
    const { version, declaration } = this.host
    const { op, bytes, text } = await this.#ask('send', Event.probeSend, NO_BYTES, 0)
    if (op !== Op.forward || bytes === undefined) throw this.#failed('send', text)
    return { version, bytes, framing: declaration.probe!.framing }
  }

  async verdict ({ bytes, length }: ProbeAnswer): Promise<ProbeVerdict> {
    const { op, text } = await this.#ask('judge', Event.probeJudge, bytes, length)
    if (op === Op.forward) return { verdict: 'up' }
    if (op === Op.reject) return { verdict: 'down', reason: text }
    if (op === Op.malformed) return { verdict: 'down', reason: `the answer is malformed: ${this.#told(text)}` }
    throw this.#failed('judge', text)
  }

  dispose (): void {
    this.#disposed = true
    this.#guest?.dispose()
  }

  /** Ask when what was asked before is answered. */
  async #ask (call: string, event: number, bytes: Uint8Array, length: number): Promise<Said> {
    const before = this.#turn
    const mine = before.then(() => this.#askNow(call, event, bytes, length))
    this.#turn = mine.catch(() => {})
    return await mine
  }

  async #askNow (call: string, event: number, bytes: Uint8Array, length: number): Promise<Said> {
    if (this.#disposed) throw this.#replaced()
    const { failures } = this.#strikes.policy
    if (this.#strikes.count >= failures) throw this.#failed(call, `failed ${failures} times and is asked again in ${Math.ceil(this.#strikes.delayMs() / 1000)} s`)
    const guest = this.#guest ??= await this.#load(call)
    return await askGuest(guest, event, bytes, length).catch((error: unknown) => {
      guest.dispose()
      this.#guest = undefined
      throw this.#disposed ? this.#replaced() : this.#strike(call, guest.mapStack((error as Error).message))
    })
  }

  async #load (call: string): Promise<Guest> {
    const { bundle, options } = this.host
    const guest = await loadGuest(this.#runtime, bundle, { ...options, mode: 'thread' }).catch((error: unknown) => { throw this.#strike(call, (error as Error).message) })
    if (!this.#disposed) return guest
    guest.dispose()
    throw this.#replaced()
  }

  #strike (call: string, text: string): WeirError {
    this.#strikes.add()
    return this.#failed(call, text)
  }

  #told (text: string): string { return toldInOneLine(text, this.#guest) }

  #failed (call: string, text: string): WeirError {
    return new WeirError('extension-failed', `probe.${call} of extension '${this.host.name}' failed: ${this.#told(text) || 'it answered what no guest answers'}`)
  }

  #replaced (): WeirError { return new WeirError('extension-down', `another version of extension '${this.host.name}' runs by now`, { retry: true }) }
}
