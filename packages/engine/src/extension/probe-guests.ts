import { WeirError } from '@weirlb/model'
import type { Runtime } from '@weirlb/sdk/abi'
import type { ProbeAnswer, ProbeAsk, ProbeQuestion, Probes, ProbeVerdict } from './probe.ts'
import type { ExtensionHost } from './extension-host.ts'
import { ProbeGuest } from './probe-guest.ts'

/** The probe guests of the versions for new connections. */
export class ProbeGuests implements Probes {
  readonly #runtime: Runtime
  readonly #current: (extension: string) => ExtensionHost | undefined
  readonly #guests = new Map<string, ProbeGuest>()

  constructor (runtime: Runtime, current: (extension: string) => ExtensionHost | undefined) {
    this.#runtime = runtime
    this.#current = current
  }

  async probeQuestion (ask: ProbeAsk): Promise<ProbeQuestion> { return await this.#of(ask.extension).question(ask) }

  async probeVerdict (answer: ProbeAnswer): Promise<ProbeVerdict> {
    const guest = this.#of(answer.extension)
    return guest.host.version === answer.version ? await guest.verdict(answer) : { verdict: 'replaced' }
  }

  /** End the guests of all other extensions, and of versions that were replaced. */
  keepOnly (extensions: ReadonlySet<string>): void {
    for (const [name, guest] of this.#guests) {
      if (extensions.has(name) && this.#current(name) === guest.host) continue
      guest.dispose()
      this.#guests.delete(name)
    }
  }

  #of (extension: string): ProbeGuest {
    const host = this.#current(extension)
    if (host?.declaration.probe === undefined)
      throw new WeirError('not-found', `no extension '${extension}' with a probe`)
    const present = this.#guests.get(extension)
    if (present?.host === host) return present
    present?.dispose()
    const guest = new ProbeGuest(host, this.#runtime)
    this.#guests.set(extension, guest)
    return guest
  }
}
