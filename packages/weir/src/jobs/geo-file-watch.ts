import type { Log } from '@weirlb/engine'
import { geoChanged, type KnownGeo } from '../config/geo-files.ts'

const lookEveryMs = 2000

export interface GeoFileWatchOptions {
  /** The databases that are in use. */
  readonly geo: () => KnownGeo
  /** Read their files again and run with what is new. */
  readonly read: () => Promise<void>
  readonly log: Log
}

/** Detects replaced files of geo databases by their times and sizes. */
export class GeoFileWatch {
  readonly #options: GeoFileWatchOptions
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined

  constructor (options: GeoFileWatchOptions) { this.#options = options }

  start (): void { this.#timer ??= setInterval(() => { void this.look() }, lookEveryMs).unref() }

  stop (): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Look now. Never rejects. */
  async look (): Promise<void> {
    this.#looking ??= this.#look().catch((error: unknown) => {
      this.#options.log.error({ error: (error as Error).message }, 'the files of geo databases were not read again')
    })
    await this.#looking
    this.#looking = undefined
  }

  async #look (): Promise<void> {
    const { geo, read, log } = this.#options
    const before = geo()
    if (!await geoChanged(before)) return
    await read()
    for (const [database, { file, stale, builtAt }] of geo().databases) {
      const old = before.databases.get(database)
      if (stale !== undefined && old?.stale !== stale)
        log.error({ database, reason: stale }, 'the file of a geo database cannot be used: the one before stays in use')
      else if (file !== undefined && old?.file?.id !== file.id)
        log.info({ database, builtAt }, 'the file of a geo database changed and was read again')
    }
  }
}
