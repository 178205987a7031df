import { randomBytes } from 'node:crypto'
import { type ExtensionMonitor as ExtensionMonitorConfig, WeirError } from '@weirlb/model'
import type { ProbeAsk, ProbeQuestion, ProbeVerdict } from '@weirlb/engine'
import { MAX_PROBE_STEPS } from '@weirlb/sdk/abi'
import type { DialTarget } from '@weirlb/link'
import { type MonitorEvents, type MonitorMeans, reportFault } from './monitor.ts'
import { PacedMonitor } from './paced-monitor.ts'
import { FramedExchange, type Exchanged } from './framed-exchange.ts'
import { readSecrets } from './secret-files.ts'

/** Maximum bytes of a reply that a reason shows. */
const MAX_SHOWN = 32

/** Sends an extension's probe to a server, and has the extension judge each message of the reply. */
export class ExtensionMonitor extends PacedMonitor {
  readonly #config: ExtensionMonitorConfig
  readonly #target: DialTarget
  readonly #means: MonitorMeans
  #exchange: FramedExchange | undefined
  #cancelled = false

  constructor (config: ExtensionMonitorConfig, target: DialTarget, means: MonitorMeans, events: MonitorEvents) {
    super(config, means, events)
    this.#config = config
    this.#target = target
    this.#means = means
  }

  protected override begin (): void { void this.#probe() }

  protected override cancel (): void {
    this.#cancelled = true
    this.#exchange?.cancel()
  }

  async #probe (): Promise<void> {
    const { extension, params, secretFiles } = this.#config
    let secrets: Readonly<Record<string, string>>
    try {
      secrets = await readSecrets(secretFiles)
    } catch (error) {
      if (!this.#cancelled) this.failed((error as Error).message)
      return
    }
    const ask: ProbeAsk = { extension, params, secrets, id: randomBytes(16).toString('hex') }
    let outcome: Outcome
    try {
      outcome = await this.#outcome(ask)
    } catch (error) {
      // A probe that could not run is no fault of the server. What has no code is a fault of ours.
      outcome = error instanceof WeirError && error.code === 'extension-failed'
        ? { failed: error.message }
        : 'undecided'
      if (typeof (error as { readonly code?: unknown } | undefined)?.code !== 'string')
        reportFault(
          this.#means,
          new Error(without(error instanceof Error ? error.stack ?? error.message : String(error), secrets))
        )
    }
    this.#exchange?.cancel()
    this.#exchange = undefined
    if (this.#cancelled) return
    if (outcome === 'undecided') this.undecided()
    else if (outcome === 'up') this.succeeded(`the probe of extension '${extension}' got a reply`)
    else this.failed(without(outcome.failed, secrets))
  }

  async #outcome (ask: ProbeAsk): Promise<Outcome> {
    const { probes } = this.#means
    const question = await probes.probeQuestion(ask)
    if (this.#cancelled) return 'undecided'
    let answer = await this.#first(question)
    for (let step = 0; ; step++) {
      const failed = (why: string): Outcome => ({ failed: `the probe of extension '${ask.extension}': ${why}` })
      if ('fault' in answer) throw answer.fault
      if ('failure' in answer) return failed(answer.failure)
      const judged: ProbeVerdict = await probes.probeVerdict({ ...ask, version: question.version, step, ...answer })
      if (this.#cancelled) return 'undecided'
      switch (judged.verdict) {
        case 'up': return 'up'
        case 'down': return failed(`${judged.reason || 'judged down'}: ${shown(answer.bytes, answer.length)}`)
        case 'replaced': return 'undecided'
        case 'next':
          if (step + 1 >= MAX_PROBE_STEPS) return failed(`no verdict after ${MAX_PROBE_STEPS} messages`)
          answer = await this.#next(judged.bytes, judged.awaits)
      }
    }
  }

  async #first (question: ProbeQuestion): Promise<Exchanged> {
    return await new Promise(resolve => {
      this.#exchange = new FramedExchange(question, this.#means.transport, this.#target, resolve)
    })
  }

  async #next (bytes: Uint8Array, awaits: string): Promise<Exchanged> {
    return await new Promise(resolve => { this.#exchange!.goOn(bytes, awaits, resolve) })
  }
}

/** The result of one probe. */
type Outcome = 'up' | 'undecided' | { readonly failed: string }

const shown = (bytes: Uint8Array, length: number): string => {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, MAX_SHOWN)).toString('hex')
  return length > MAX_SHOWN ? `${hex}… (${length} bytes)` : hex
}

/** A reason may be an extension's own text. A secret may be a part of another: the longest is hidden first. */
const without = (text: string, secrets: Readonly<Record<string, string>>): string => {
  let hidden = text
  for (const [name, secret] of Object.entries(secrets).sort(([, a], [, b]) => b.length - a.length))
    if (secret !== '') hidden = hidden.replaceAll(secret, `(${name})`)
  return hidden
}
