import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import {
  isSteps,
  lookUp,
  parseConfigInSlices,
  planConfig,
  runInSlices,
  type Config,
  type ConfigInput,
  type ConfigPlan,
  type PlannedChange
} from '@weirlb/model'
import type { WholeConfig } from '../api/weir.ts'
import type { Stats } from '../collect-stats.ts'
import { ConfigDraft, type Draft } from '../config/draft.ts'
import type { Editor } from '../config/editor.ts'
import { checkVersion } from '../config/entities.ts'
import { etagOf } from '../config/etag.ts'
import { withoutKeys } from '../config/private-keys.ts'
import type { Versioned, WriteOptions } from '../config/versioned.ts'

/** The running configuration as one document. */
export class RunningConfig implements WholeConfig {
  readonly #editor: Editor
  readonly #stats: () => Promise<Stats>
  /** ETag of the whole configuration, computed on first use. */
  #etag: { readonly of: Config, readonly text: string } | undefined

  constructor (editor: Editor, stats: () => Promise<Stats>) {
    this.#editor = editor
    this.#stats = stats
  }

  get (): Versioned<Config> {
    const { config } = this.#editor
    if (this.#etag?.of !== config) this.#etag = { of: config, text: etagOf(config) }
    return { value: withoutKeys(config), etag: this.#etag.text }
  }

  async replace (input: ConfigInput, options: WriteOptions = {}): Promise<Versioned<Config>> {
    this.#editor.requireOpen()
    const next = await parseConfigInSlices(input, turnOfTheLoop)
    await this.#editor.change(present => {
      checkVersion(options, present, 'the configuration')
      return next
    })
    return this.get()
  }

  async check (input: ConfigInput): Promise<ConfigPlan> {
    this.#editor.requireOpen()
    const next = await this.#editor.check(await parseConfigInSlices(input, turnOfTheLoop))
    const { number, config } = this.#editor.revision
    const changes = planConfig(config, next)
    const isLeft = ({ action, collection }: PlannedChange): boolean =>
      (action === 'drain' || action === 'stop') && (collection === 'services' || collection === 'userVservers')
    if (!changes.some(isLeft)) return { ok: true, revision: number, changes }
    const stats = await this.#stats()
    return {
      ok: true,
      revision: number,
      changes: changes.map(change =>
        isLeft(change)
          ? {
            ...change,
            connections:
              lookUp<{ readonly connections: number }>(
                stats[change.collection as 'services' | 'userVservers'],
                change.name
              )?.connections ?? 0
          }
          : change
      )
    }
  }

  async edit (
    edit: (draft: Draft) => void | Iterator<unknown>,
    options: WriteOptions = {}
  ): Promise<Versioned<Config>> {
    await this.#editor.change(async present => {
      checkVersion(options, present, 'the configuration')
      const draft = new ConfigDraft(present)
      const steps: unknown = edit(draft)
      if (isSteps(steps)) await runInSlices(steps, turnOfTheLoop)
      return draft.config
    })
    return this.get()
  }
}
