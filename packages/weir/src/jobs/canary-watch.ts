import type { EngineStats } from '@weirlb/engine'
import { lookUp, type Extension } from '@weirlb/model'
import type { Revision } from '../config/revisions.ts'
import type { LeveledLog } from '../log.ts'

/** Interval of the canary checks; one that goes out of service is checked at once. */
const everyMs = 500

export interface CanaryWatchOptions {
  readonly stats: () => Promise<EngineStats>
  /** Take the canary of this version back; nothing when there is another one meanwhile, or none. */
  readonly revert: (extension: string, version: number, reason: string) => Promise<void>
  readonly log: LeveledLog
}

/** Takes back canaries that fail more than their operator allows. It looks while there is one. */
export class CanaryWatch {
  readonly #options: CanaryWatchOptions
  #revision: Revision | undefined
  #timer: NodeJS.Timeout | undefined
  #looking = false
  #again = false
  /** Why the last revert was refused: logged once. */
  #refusal = ''

  constructor (options: CanaryWatchOptions) { this.#options = options }

  apply (revision: Revision): void {
    this.#revision = revision
    const wanted = revision.config.extensions.some(extension => extension.canary !== undefined)
    if (!wanted) this.stop()
    else this.#timer ??= setInterval(this.lookNow, everyMs).unref()
  }

  stop (): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  readonly lookNow = (): void => {
    if (this.#looking) this.#again = true
    else if (this.#timer !== undefined) void this.#look()
  }

  async #look (): Promise<void> {
    this.#looking = true
    try {
      const { extensions } = await this.#options.stats()
      const { config, histories } = this.#revision!
      for (const extension of config.extensions) {
        const version = lookUp(histories, extension.name)?.canary
        const why = version === undefined
          ? undefined
          : whyRevert(extension, lookUp(extensions, extension.name)?.versions[version])
        if (why !== undefined) await this.#options.revert(extension.name, version!, why)
      }
      this.#refusal = ''
    } catch (error) {
      // It is tried again at the next look.
      const { message } = error as Error
      if (message !== this.#refusal)
        this.#options.log.error({ error: message }, 'canaries could not be judged or taken back')
      this.#refusal = message
    }
    this.#looking = false
    if (!this.#again) return
    this.#again = false
    this.lookNow()
  }
}

/** Returns why a canary must be reverted, judged over all workers; undefined while it may stay. */
export const whyRevert = (
  { canary }: Extension,
  counts: EngineStats['extensions'][string]['versions'][string] | undefined
): string | undefined => {
  if (canary === undefined || counts === undefined) return undefined
  const { accepted, errors, down } = counts
  if (down > 0) return `it is out of service after ${errors} errors in ${accepted} connections`
  if (accepted < canary.minConnections || errors / accepted <= canary.revertOnErrorsAbove) return undefined
  return `${errors} errors in ${accepted} connections (${percent(errors / accepted)}) are above ${
    percent(canary.revertOnErrorsAbove)
  }`
}

const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`
