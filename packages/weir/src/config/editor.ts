import type { CollectionName, Config, Entity } from '@weirlb/model'
import { asWeirError } from '../as-weir-error.ts'
import { authorNow } from './author.ts'
import { followerNow } from './applied-changes.ts'
import { permitNow } from './change-permits.ts'
import { rewritten } from './entities.ts'
import type { Histories } from '../storage/extension-history.ts'
import type { Turn } from './extension-history.ts'
import { inRequest, type Place } from './request-place.ts'
import { notRunning, type Revision, type Revisions } from './revisions.ts'
import type { WriteOptions } from './versioned.ts'

/** Describes a change, where its result does not show it. */
interface How {
  readonly turn?: Turn | undefined
  /** The revision that it restores. */
  readonly rollbackTo?: number | undefined
  /** The sent part, so that errors have the request's paths. */
  readonly place?: Place | undefined
}

/** Reads the running configuration and changes it, while Weir runs. */
export class Editor {
  readonly #revisions: Revisions
  #open = false

  constructor (revisions: Revisions) { this.#revisions = revisions }

  get revision (): Revision { return this.#revisions.current }
  get config (): Config { return this.#revisions.current.config }

  /** Changes are taken from now on. */
  open (): void { this.#open = true }
  /** Changes are refused from now on, those included that wait for their turn. */
  close (): void { this.#open = false }

  /** Throws worker-unavailable before `open` and after `close`. */
  requireOpen (): void {
    if (!this.#open) throw notRunning()
  }

  /**
   * Change the configuration. Rejects with what the edit throws, or what `Revisions.change` rejects with, as a
   * WeirError.
   */
  async change (
    edit: (present: Config, histories: Histories) => Config | Promise<Config>,
    { turn, place, rollbackTo }: How = {}
  ): Promise<void> {
    this.requireOpen()
    const onApplied = followerNow()
    const permit = permitNow()
    let before: Revision | undefined
    let next: Config | undefined
    try {
      const { number, config: after } = await this.#revisions.change(async (config, histories) => {
        // Weir may have stopped while this change waited for its turn.
        this.requireOpen()
        before = this.#revisions.current
        next = await edit(config, histories)
        permit?.(config, next)
        return next
      }, { turn, rollbackTo, author: authorNow() })
      if (number !== before!.number) onApplied?.({ revision: number, before: before!.config, after })
    } catch (error) {
      throw place === undefined ? asWeirError(error) : inRequest(asWeirError(error), place, next)
    }
  }

  /** Change one entity; `within` names the sent part, if it was not the whole. */
  async rewrite<C extends CollectionName> (
    collection: C,
    name: string,
    options: WriteOptions,
    input: (present: Entity<C>, histories: Histories) => unknown,
    how: { readonly turn?: Turn, readonly within?: (present: Entity<C>) => string } = {}
  ): Promise<void> {
    const place = { collection, name, within: undefined as string | undefined }
    await this.change((config, histories) => rewritten(config, collection, name, options, present => {
      place.within = how.within?.(present)
      return input(present, histories)
    }), { turn: how.turn, place })
  }

  async check (wanted: Config): Promise<Config> {
    try { return await this.#revisions.check(wanted) } catch (error) { throw asWeirError(error) }
  }
}
