import type { CollectionName, Config, Entity } from '@weirlb/model'
import { added, find, newEntity, patched, replacement, rewritten, without } from './entities.ts'
import type { WriteOptions } from './write-options.ts'

/**
 * A configuration that is being edited: writes follow each other and see what those before made, and nothing runs until all of them are one revision.
 * References are looked at then: what is removed may be put back, and what refers to something may come before it.
 */
export interface Draft {
  readonly config: Config
  list<C extends CollectionName> (collection: C): readonly Entity<C>[]
  get<C extends CollectionName> (collection: C, name: string): Entity<C> | undefined
  /** Throws config-invalid or name-taken. */
  create<C extends CollectionName> (collection: C, entity: unknown): Entity<C>
  /** Throws not-found, config-invalid or precondition-failed. */
  replace<C extends CollectionName> (collection: C, name: string, entity: unknown, options?: WriteOptions): Entity<C>
  /** JSON Merge Patch (RFC 7396). Throws as `replace`. */
  patch<C extends CollectionName> (collection: C, name: string, patch: unknown, options?: WriteOptions): Entity<C>
  /** Throws not-found or precondition-failed. */
  remove (collection: CollectionName, name: string, options?: WriteOptions): void
}

/** A draft that begins with a configuration. */
export class ConfigDraft implements Draft {
  config: Config
  constructor (config: Config) { this.config = config }

  list<C extends CollectionName> (collection: C): readonly Entity<C>[] { return this.config[collection] as readonly Entity<C>[] }
  get<C extends CollectionName> (collection: C, name: string): Entity<C> | undefined { return find(this.config, collection, name) }

  create<C extends CollectionName> (collection: C, sent: unknown): Entity<C> {
    const entity = newEntity(collection, sent)
    this.config = added(this.config, collection, entity)
    return entity
  }

  replace<C extends CollectionName> (collection: C, name: string, sent: unknown, options: WriteOptions = {}): Entity<C> {
    return this.#rewrite(collection, name, options, present => replacement(collection, present, sent))
  }

  patch<C extends CollectionName> (collection: C, name: string, patch: unknown, options: WriteOptions = {}): Entity<C> {
    return this.#rewrite(collection, name, options, present => patched(collection, present, patch))
  }

  remove (collection: CollectionName, name: string, options: WriteOptions = {}): void {
    this.config = without(this.config, collection, name, options)
  }

  #rewrite<C extends CollectionName> (collection: C, name: string, options: WriteOptions, input: (present: Entity<C>) => unknown): Entity<C> {
    this.config = rewritten(this.config, collection, name, options, input)
    return find(this.config, collection, name)!
  }
}
