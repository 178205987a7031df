import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import {
  describeChoices,
  diffConfig,
  emptyConfig,
  parseConfigInSlices,
  WeirError,
  type Config,
  type RevisionDiff,
  type RevisionInfo
} from '@weirlb/model'
import type { RevisionDocument, RevisionHistory } from '../api/revisions.ts'
import type { Editor } from '../config/editor.ts'
import { checkVersion } from '../config/entities.ts'
import { withoutKeys } from '../config/private-keys.ts'
import type { Versioned, WriteOptions } from '../config/versioned.ts'
import type { RevisionRecord, SavedRevision, Storage } from '../storage/storage.ts'

/** The revisions that the storage keeps. */
export class RunningRevisions implements RevisionHistory {
  readonly #storage: Storage
  readonly #editor: Editor
  readonly #present: () => Versioned<Config>

  /** `present`: the running configuration. */
  constructor (storage: Storage, editor: Editor, present: () => Versioned<Config>) {
    this.#storage = storage
    this.#editor = editor
    this.#present = present
  }

  async list (): Promise<readonly RevisionInfo[]> {
    return (await this.#storage.revisions()).map(record => this.#info(record))
  }

  async get (id: number): Promise<RevisionDocument> {
    const saved = await this.#require(id)
    return { ...this.#info(saved), config: withoutKeys(await configOf(saved)) }
  }

  async diff (id: number, from?: number): Promise<RevisionDiff> {
    const after = await this.#require(id)
    const before = from ?? (await this.#storage.revisions()).find(({ revision }) => revision < id)?.revision ?? 0
    // The oldest that is kept cannot be compared with the one before it, unless that was the empty configuration.
    if (before === 0 && from === undefined && id > 1)
      throw new WeirError(
        'not-found',
        `revision ${id} is the oldest that is kept; give the one to compare with as \`from\`: there are ${await this
          .#choices()}`
      )
    const config = before === 0 ? emptyConfig() : await configOf(await this.#require(before))
    return { from: before, to: id, changes: diffConfig(config, await configOf(after)) }
  }

  async rollback (id: number, options: WriteOptions = {}): Promise<Versioned<Config>> {
    this.#editor.requireOpen()
    const next = await configOf(await this.#require(id))
    await this.#editor.change(present => {
      checkVersion(options, present, 'the configuration')
      return next
    }, { rollbackTo: id })
    return this.#present()
  }

  async #require (id: number): Promise<SavedRevision> {
    const saved = await this.#storage.revision(id)
    if (saved === undefined)
      throw new WeirError('not-found', `no revision ${id} is kept; there are: ${await this.#choices()}`)
    return saved
  }

  async #choices (): Promise<string> {
    return describeChoices((await this.#storage.revisions()).map(({ revision }) => String(revision)))
  }

  #info ({ revision, savedAt, author, rollbackTo, summary }: RevisionRecord): RevisionInfo {
    return { id: revision, savedAt, current: revision === this.#editor.revision.number, author, rollbackTo, summary }
  }
}

/** An older Weir may have saved it: fields that are new since have their defaults. */
const configOf = async ({ config }: SavedRevision): Promise<Config> => await parseConfigInSlices(config, turnOfTheLoop)
