import { WeirError } from '@weirlb/model'
import { checkParams, Event, type Guest, type LoadOptions, Op, type Runtime, writeProbeCall } from '@weirlb/sdk/abi'
import type { ProbeAnswer, ProbeAsk, ProbeQuestion, ProbeVerdict } from './probe.ts'
import { askGuest, toldInOneLine, type Said } from './ask-guest.ts'
import type { ExtensionHost } from './extension-host.ts'
import { GuestKeeper, GuestUnneeded } from './guest-keeper.ts'

/**
 * The guest that runs the probes of one version of an extension. It is separate, so that a looping probe affects no
 * client, and on a thread, so that it blocks nothing. It is loaded at its first call, handles one call at a time, and
 * is reloaded after a time-out. After too many failures it pauses.
 */
export class ProbeGuest {
  readonly host: ExtensionHost
  readonly #keeper: GuestKeeper
  #turn: Promise<unknown> = Promise.resolve()

  constructor (host: ExtensionHost, runtime: Runtime) {
    this.host = host
    this.#keeper = new GuestKeeper(runtime, host.bundle, this.#options, host.strikePolicy)
  }

  async question (ask: ProbeAsk): Promise<ProbeQuestion> {
    const { version, declaration } = this.host
    const { op, bytes, text } = await this.#ask('send', Event.probeSend, this.#call(ask, 0), 0)
    if (op !== Op.forward || bytes === undefined) throw this.#failed('send', text)
    return { version, bytes, framing: declaration.probe!.framing }
  }

  async verdict (answer: ProbeAnswer): Promise<ProbeVerdict> {
    const { op, bytes, text } = await this.#ask(
      'judge',
      Event.probeJudge,
      this.#call(answer, answer.step, answer.bytes),
      answer.length
    )
    if (op === Op.forward)
      return bytes === undefined
        ? { verdict: 'up' }
        : { verdict: 'next', bytes, awaits: this.#told(text) }
    if (op === Op.reject) return { verdict: 'down', reason: text }
    if (op === Op.malformed) return { verdict: 'down', reason: `the reply is malformed: ${this.#told(text)}` }
    throw this.#failed('judge', text)
  }

  /**
   * The bytes of a call. Parameters were checked when the configuration was; those for another version say nothing
   * about the server.
   */
  #call ({ params, secrets, id }: ProbeAsk, step: number, message?: Uint8Array): Uint8Array {
    const checked = checkParams(this.host.declaration.probe!, params)
    if (!checked.ok)
      throw new WeirError('params-invalid', `the probe of extension '${this.host.name}': ${checked.issues[0]!.message}`)
    return writeProbeCall({ params: checked.params, secrets, id, step }, message)
  }

  dispose (): void { this.#keeper.dispose() }

  /** Start a call once the previous one has returned. */
  async #ask (call: string, event: number, bytes: Uint8Array, length: number): Promise<Said> {
    const before = this.#turn
    const mine = before.then(() => this.#askNow(call, event, bytes, length))
    this.#turn = mine.catch(() => {})
    return await mine
  }

  async #askNow (call: string, event: number, bytes: Uint8Array, length: number): Promise<Said> {
    const keeper = this.#keeper
    if (keeper.isDisposed) throw this.#replaced()
    // A change of the limits does not replace the host.
    keeper.configure(this.#options, this.host.strikePolicy)
    if (keeper.isOut)
      throw this.#failed(
        call,
        `failed ${keeper.policy.failures} times and pauses for ${Math.ceil(keeper.delayMs / 1000)} s`
      )
    const guest = keeper.guest ?? await this.#load(call)
    return await askGuest(guest, event, bytes, length).catch((error: unknown) => {
      const text = guest.mapStack((error as Error).message)
      keeper.retire()
      throw keeper.isDisposed ? this.#replaced() : this.#strike(call, text)
    })
  }

  get #options (): LoadOptions { return { ...this.host.options, mode: 'thread' } }

  async #load (call: string): Promise<Guest> {
    return await this.#keeper.load().catch((error: unknown) => {
      throw error instanceof GuestUnneeded ? this.#replaced() : this.#strike(call, (error as Error).message)
    })
  }

  #strike (call: string, text: string): WeirError {
    this.#keeper.strike()
    return this.#failed(call, text)
  }

  #told (text: string): string { return toldInOneLine(text, this.#keeper.guest) }

  #failed (call: string, text: string): WeirError {
    return new WeirError(
      'extension-failed',
      `probe.${call} of extension '${this.host.name}' failed: ${this.#told(text) || 'it returned an impossible value'}`
    )
  }

  #replaced (): WeirError {
    return new WeirError('extension-down', `another version of extension '${this.host.name}' runs by now`, {
      retry: true
    })
  }
}
