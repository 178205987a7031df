import { checkConfig, emptyConfig, equal, parseConfig, WeirError, type Config } from '@weir/model'
import type { EngineConfig } from '@weir/engine'
import type { Declaration } from '@weir/sdk/abi'
import { asWeirError } from '../as-weir-error.ts'
import type { DataPlane, ListeningPorts } from '../data-plane.ts'
import type { Storage } from '../storage/storage.ts'
import type { Bundler } from './bundler.ts'
import { keepKeys } from './private-keys.ts'
import { Turns } from './turns.ts'

/** The configuration that runs, and what it became. */
export interface Revision {
  readonly number: number
  readonly config: Config
  readonly declarations: Readonly<Record<string, Declaration>>
  readonly ports: ListeningPorts
}

export interface RevisionsOptions {
  readonly plane: DataPlane
  readonly storage: Storage
  readonly bundler: Bundler
  /** Told after every commit, before the change's caller is answered. */
  readonly onCommitted: (revision: Revision) => void
}

/**
 * The one way to change the configuration. Changes take turns; each one is
 *
 *     edit → private keys → references → bundle → prepare on every worker → save → commit
 *
 * and a failure at any step leaves the running revision, and the saved one, as they were. What is prepared cannot fail to
 * commit, so that what was saved is what runs.
 */
export class Revisions {
  readonly #options: RevisionsOptions
  readonly #turns = new Turns()
  #current: Revision = { number: 0, config: emptyConfig(), declarations: {}, ports: {} }

  constructor (options: RevisionsOptions) {
    this.#options = options
  }

  get current (): Revision { return this.#current }

  /** Run the saved configuration, or the given one in its place. Answers which it was. */
  async begin (given: unknown): Promise<'saved' | 'given' | 'given in place of the saved one' | 'empty'> {
    return await this.#turns.take(async () => {
      const saved = await this.#options.storage.load()
      const present = saved === undefined ? emptyConfig() : parseConfig(saved.config)
      const number = saved?.revision ?? 0
      if (given === undefined) {
        await this.#run(number, checked(present, present), false)
        return saved === undefined ? 'empty' : 'saved'
      }
      const next = checked(present, parseConfig(given))
      const same = saved !== undefined && equal(present, next)
      await this.#run(same ? number : number + 1, next, !same)
      return saved === undefined || same ? 'given' : 'given in place of the saved one'
    })
  }

  /** Change the configuration; `edit` gets the running one and answers the wanted one. */
  async change (edit: (config: Config) => Config): Promise<Revision> {
    return await this.#turns.take(async () => {
      const { config, number } = this.#current
      const next = checked(config, edit(config))
      if (!equal(config, next)) await this.#run(number + 1, next, true)
      return this.#current
    })
  }

  /** All that a change checks short of binding ports. */
  async check (input: unknown): Promise<void> {
    const next = checked(this.#current.config, parseConfig(input))
    for (const { bundle } of await this.#options.bundler.extensions(next)) await this.#options.plane.validate(bundle)
  }

  /** Run something when no change is under way; changes that come later wait for it. */
  async between<T> (run: () => Promise<T>): Promise<T> { return await this.#turns.take(run) }

  async #run (number: number, config: Config, save: boolean): Promise<void> {
    const { plane, storage, bundler, onCommitted } = this.#options
    const prepared = await plane.prepare(await engineConfig(number, config, bundler)).catch(error => { throw asWeirError(error, 'apply-failed') })
    if (save) {
      try {
        await storage.save({ revision: number, savedAt: new Date().toISOString(), config })
      } catch (error) {
        await prepared.abort()
        throw asWeirError(error, 'storage-failed')
      }
    }
    await prepared.commit()
    this.#current = { number, config, declarations: prepared.declarations, ports: prepared.ports }
    bundler.keepOnly(config.extensions)
    onCommitted(this.#current)
  }
}

const checked = (present: Config, next: Config): Config => {
  const complete = keepKeys(present, next)
  checkConfig(complete)
  return complete
}

const engineConfig = async (revision: number, config: Config, bundler: Bundler): Promise<EngineConfig> => ({
  revision,
  extensions: await bundler.extensions(config),
  userProtocols: config.userProtocols,
  certkeys: config.certkeys,
  services: config.services,
  lbVservers: config.lbVservers,
  userVservers: config.userVservers
})

/** What writes answer before `start` and after `stop`. */
export const notRunning = (): WeirError => new WeirError('worker-unavailable', 'Weir is not running: call start() first', { retry: true })
