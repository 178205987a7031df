import type { CollectionName, Config, Entity, EntityInput, EntityPatch, EntityReplacement } from '@weirlb/model'
import { added, find, newEntity, patched, replacement, required, rewritten, without } from './entities.ts'
import type { WriteOptions } from './versioned.ts'

/** The entities of one kind in a draft. */
export interface DraftCollection<C extends CollectionName> {
  list (): readonly Entity<C>[]
  get (name: string): Entity<C> | undefined
  /** Does the same, but throws not-found, with the existing names. */
  require (name: string): Entity<C>
  /** Throws config-invalid or name-taken. */
  create (entity: EntityInput<C>): Entity<C>
  /** Throws not-found, config-invalid or precondition-failed. */
  replace (name: string, entity: EntityReplacement<C>, options?: WriteOptions): Entity<C>
  /** JSON Merge Patch (RFC 7396). Throws as `replace`. */
  patch (name: string, patch: EntityPatch<C>, options?: WriteOptions): Entity<C>
  /** Throws not-found or precondition-failed. */
  delete (name: string, options?: WriteOptions): void
}

/**
 * A configuration that is being edited: each write sees the earlier ones, and nothing runs until all of them are one
 * revision. References are checked then: deleted entities may be restored, and an entity may follow those that refer
 * to it.
 */
export interface Draft extends DraftCollections {
  readonly config: Config
  /** Returns the collection of a name that is only known at run time. */
  collection<C extends CollectionName> (name: C): DraftCollection<C>
}

type DraftCollections = { readonly [C in CollectionName]: DraftCollection<C> }

/** A draft that begins with a configuration. */
export class ConfigDraft implements Draft {
  config: Config
  readonly extensions = new CollectionInDraft(this, 'extensions')
  readonly userProtocols = new CollectionInDraft(this, 'userProtocols')
  readonly certkeys = new CollectionInDraft(this, 'certkeys')
  readonly monitors = new CollectionInDraft(this, 'monitors')
  readonly services = new CollectionInDraft(this, 'services')
  readonly serviceGroups = new CollectionInDraft(this, 'serviceGroups')
  readonly lbVservers = new CollectionInDraft(this, 'lbVservers')
  readonly glbs = new CollectionInDraft(this, 'glbs')
  readonly userVservers = new CollectionInDraft(this, 'userVservers')

  constructor (config: Config) { this.config = config }

  collection<C extends CollectionName> (name: C): DraftCollection<C> { return (this as DraftCollections)[name] }
}

class CollectionInDraft<C extends CollectionName> implements DraftCollection<C> {
  readonly #draft: { config: Config }
  readonly #name: C

  constructor (draft: { config: Config }, name: C) {
    this.#draft = draft
    this.#name = name
  }

  list (): readonly Entity<C>[] { return this.#draft.config[this.#name] as readonly Entity<C>[] }
  get (name: string): Entity<C> | undefined { return find(this.#draft.config, this.#name, name) }
  require (name: string): Entity<C> { return required(this.#draft.config, this.#name, name) }

  create (sent: EntityInput<C>): Entity<C> {
    const entity = newEntity(this.#name, sent)
    this.#draft.config = added(this.#draft.config, this.#name, entity)
    return entity
  }

  replace (name: string, sent: EntityReplacement<C>, options: WriteOptions = {}): Entity<C> {
    return this.#rewrite(name, options, present => replacement(this.#name, present, sent))
  }

  patch (name: string, patch: EntityPatch<C>, options: WriteOptions = {}): Entity<C> {
    return this.#rewrite(name, options, present => patched(this.#name, present, patch))
  }

  delete (name: string, options: WriteOptions = {}): void {
    this.#draft.config = without(this.#draft.config, this.#name, name, options)
  }

  #rewrite (name: string, options: WriteOptions, input: (present: Entity<C>) => unknown): Entity<C> {
    this.#draft.config = rewritten(this.#draft.config, this.#name, name, options, input)
    return this.require(name)
  }
}
