import { type Monitor as MonitorConfig, WeirError } from '@weirlb/model'
import type { ProbeQuestion } from '@weirlb/engine'
import type { DialTarget } from '@weirlb/link'
import type { MonitorEvents, MonitorMeans } from './monitor.ts'
import { PacedMonitor } from './paced-monitor.ts'
import { FramedExchange, type Exchanged } from './framed-exchange.ts'

/** Maximum bytes of a reply that a reason shows. */
const MAX_SHOWN = 32

/** Sends an extension's probe to a server, and has the extension judge the reply. */
export class ExtensionMonitor extends PacedMonitor {
  readonly #extension: string
  readonly #target: DialTarget
  readonly #means: MonitorMeans
  #exchange: FramedExchange | undefined
  #cancelled = false

  constructor (config: Extract<MonitorConfig, { type: 'extension' }>, target: DialTarget, means: MonitorMeans, events: MonitorEvents) {
    super(config, means.queue, events)
    this.#extension = config.extension
    this.#target = target
    this.#means = means
  }

  protected override begin (): void { void this.#probe() }

  protected override cancel (): void {
    this.#cancelled = true
    this.#exchange?.cancel()
  }

  async #probe (): Promise<void> {
    try {
      await this.#ask()
    } catch (error) {
      if (this.#cancelled) return
      // A probe that could not run is no fault of the server.
      if (error instanceof WeirError && error.code === 'extension-failed') this.failed(error.message)
      else this.undecided()
    }
  }

  async #ask (): Promise<void> {
    const { probes } = this.#means
    const extension = this.#extension
    const question = await probes.probeQuestion(extension)
    if (this.#cancelled) return
    const answer = await this.#exchanged(question)
    if ('failure' in answer) {
      this.failed(`the probe of extension '${extension}': ${answer.failure}`)
      return
    }
    const judged = await probes.probeVerdict({ extension, version: question.version, ...answer })
    if (this.#cancelled) return
    switch (judged.verdict) {
      case 'up': this.succeeded(`the probe of extension '${extension}' got a reply`); break
      case 'down': this.failed(`the probe of extension '${extension}': ${judged.reason || 'judged down'}: ${shown(answer.bytes, answer.length)}`); break
      case 'replaced': this.undecided()
    }
  }

  async #exchanged (question: ProbeQuestion): Promise<Exchanged> {
    return await new Promise(resolve => { this.#exchange = new FramedExchange(question, this.#means.transport, this.#target, resolve) })
  }
}

const shown = (bytes: Uint8Array, length: number): string => {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, MAX_SHOWN)).toString('hex')
  return length > MAX_SHOWN ? `${hex}… (${length} bytes)` : hex
}
