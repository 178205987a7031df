import {
  withoutSecrets,
  type CollectionName,
  type Entity,
  type EntityInput,
  type EntityPatch,
  type EntityReplacement
} from '@weirlb/model'
import type { Collection } from '../api/collections.ts'
import type { EntityStatus, NamedStatus } from '../api/entity-status.ts'
import type { Editor } from '../config/editor.ts'
import { added, checkUnused, find, newEntity, patched, replacement, required, without } from '../config/entities.ts'
import { etagOf } from '../config/etag.ts'
import type { Versioned, WriteOptions } from '../config/versioned.ts'
import { datedStatusOf, statusesOf, type Snapshot } from '../entity-status.ts'

/** The parts that all collections share. */
export interface Ground {
  readonly editor: Editor
  /** Reads the current state of all entities. */
  readonly snapshot: () => Promise<Snapshot>
}

/** The entities of one kind in the running configuration. */
export class EntityCollection<C extends CollectionName> implements Collection<C> {
  readonly #name: C
  readonly #snapshot: () => Promise<Snapshot>
  protected readonly editor: Editor

  constructor (name: C, { editor, snapshot }: Ground) {
    this.#name = name
    this.#snapshot = snapshot
    this.editor = editor
  }

  list (): readonly Entity<C>[] {
    return (this.editor.config[this.#name] as readonly Entity<C>[]).map(entity => shown(this.#name, entity))
  }

  get (name: string): Versioned<Entity<C>> | undefined {
    const entity = find(this.editor.config, this.#name, name)
    return entity === undefined ? undefined : { value: shown(this.#name, entity), etag: etagOf(entity) }
  }

  require (name: string): Versioned<Entity<C>> {
    const entity = required(this.editor.config, this.#name, name)
    return { value: shown(this.#name, entity), etag: etagOf(entity) }
  }

  async create (sent: EntityInput<C>): Promise<Versioned<Entity<C>>> {
    const entity = newEntity(this.#name, sent)
    await this.editor.change(present => added(present, this.#name, entity), {
      place: { collection: this.#name, name: entity.name }
    })
    return this.require(entity.name)
  }

  async replace (name: string, sent: EntityReplacement<C>, options: WriteOptions = {}): Promise<Versioned<Entity<C>>> {
    await this.editor.rewrite(this.#name, name, options, present => replacement(this.#name, present, sent))
    return this.require(name)
  }

  async patch (name: string, patch: EntityPatch<C>, options: WriteOptions = {}): Promise<Versioned<Entity<C>>> {
    await this.editor.rewrite(this.#name, name, options, present => patched(this.#name, present, patch))
    return this.require(name)
  }

  async delete (name: string, options: WriteOptions = {}): Promise<void> {
    await this.editor.change(present => {
      const left = without(present, this.#name, name, options)
      checkUnused(present, this.#name, name)
      return left
    })
  }

  async status (name: string): Promise<EntityStatus> {
    required(this.editor.config, this.#name, name)
    return datedStatusOf(await this.#snapshot(), this.#name, name)
  }

  async statuses (): Promise<readonly NamedStatus[]> { return statusesOf(await this.#snapshot(), this.#name) }
}

const shown = <C extends CollectionName>(collection: C, entity: Entity<C>): Entity<C> =>
  collection === 'certkeys' ? withoutSecrets(entity) : entity
