import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { parseConfigInSlices, type Config, type ConfigInput } from '@weirlb/model'
import type { WholeConfig } from '../api/weir.ts'
import { ConfigDraft, type Draft } from '../config/draft.ts'
import type { Editor } from '../config/editor.ts'
import { checkVersion } from '../config/entities.ts'
import { etagOf } from '../config/etag.ts'
import { withoutKeys } from '../config/private-keys.ts'
import type { Versioned, WriteOptions } from '../config/versioned.ts'

/** The running configuration as one document. */
export class RunningConfig implements WholeConfig {
  readonly #editor: Editor
  /** ETag of the whole configuration, computed on first use. */
  #etag: { readonly of: Config, readonly text: string } | undefined

  constructor (editor: Editor) { this.#editor = editor }

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

  async check (input: ConfigInput): Promise<void> {
    this.#editor.requireOpen()
    await this.#editor.check(await parseConfigInSlices(input, turnOfTheLoop))
  }

  async edit (edit: (draft: Draft) => void, options: WriteOptions = {}): Promise<Versioned<Config>> {
    await this.#editor.change(present => {
      checkVersion(options, present, 'the configuration')
      const draft = new ConfigDraft(present)
      edit(draft)
      return draft.config
    })
    return this.get()
  }
}
