import {
  collectionNames,
  describeEntity,
  type CollectionName,
  type Config,
  type Entity,
  type EntityInput,
  type EntityPatch,
  type EntityReplacement
} from '@weirlb/model'
import { absent, changed, checkVersion, newEntity, patched, replacement, taken } from './entities.ts'
import type { WriteOptions } from './versioned.ts'

/** The entities of one kind in a draft. */
export interface DraftCollection<C extends CollectionName> {
  /** Every entity as it is now; a later write makes another list. */
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

/** A draft that begins with a configuration. A write costs the same however many entities there are. */
export class ConfigDraft implements Draft {
  readonly extensions: CollectionInDraft<'extensions'>
  readonly userProtocols: CollectionInDraft<'userProtocols'>
  readonly certkeys: CollectionInDraft<'certkeys'>
  readonly monitors: CollectionInDraft<'monitors'>
  readonly services: CollectionInDraft<'services'>
  readonly serviceGroups: CollectionInDraft<'serviceGroups'>
  readonly lbVservers: CollectionInDraft<'lbVservers'>
  readonly glbs: CollectionInDraft<'glbs'>
  readonly userVservers: CollectionInDraft<'userVservers'>
  readonly geoDatabases: CollectionInDraft<'geoDatabases'>
  readonly lists: CollectionInDraft<'lists'>
  readonly accessRules: CollectionInDraft<'accessRules'>
  readonly lockdowns: CollectionInDraft<'lockdowns'>
  readonly userAgentRules: CollectionInDraft<'userAgentRules'>
  readonly rules: CollectionInDraft<'rules'>
  readonly edgeFunctions: CollectionInDraft<'edgeFunctions'>
  readonly triggers: CollectionInDraft<'triggers'>
  readonly rateLimits: CollectionInDraft<'rateLimits'>
  readonly managedChecks: CollectionInDraft<'managedChecks'>
  /** The last one that was asked for, while it is right. */
  #config: Config

  constructor (config: Config) {
    this.#config = config
    this.extensions = new CollectionInDraft('extensions', config)
    this.userProtocols = new CollectionInDraft('userProtocols', config)
    this.certkeys = new CollectionInDraft('certkeys', config)
    this.monitors = new CollectionInDraft('monitors', config)
    this.services = new CollectionInDraft('services', config)
    this.serviceGroups = new CollectionInDraft('serviceGroups', config)
    this.lbVservers = new CollectionInDraft('lbVservers', config)
    this.glbs = new CollectionInDraft('glbs', config)
    this.userVservers = new CollectionInDraft('userVservers', config)
    this.geoDatabases = new CollectionInDraft('geoDatabases', config)
    this.lists = new CollectionInDraft('lists', config)
    this.accessRules = new CollectionInDraft('accessRules', config)
    this.lockdowns = new CollectionInDraft('lockdowns', config)
    this.userAgentRules = new CollectionInDraft('userAgentRules', config)
    this.rules = new CollectionInDraft('rules', config)
    this.edgeFunctions = new CollectionInDraft('edgeFunctions', config)
    this.triggers = new CollectionInDraft('triggers', config)
    this.rateLimits = new CollectionInDraft('rateLimits', config)
    this.managedChecks = new CollectionInDraft('managedChecks', config)
  }

  /** The configuration as it is now. Its lists stay as they are, whatever is written later. */
  get config (): Config {
    if (collectionNames.some(name => this[name].list() !== this.#config[name])) {
      this.#config = { ...this.#config, ...Object.fromEntries(collectionNames.map(name => [name, this[name].list()])) }
    }
    return this.#config
  }

  collection<C extends CollectionName> (name: C): DraftCollection<C> { return (this as DraftCollections)[name] }
}

class CollectionInDraft<C extends CollectionName> implements DraftCollection<C> {
  readonly #name: C
  /** Undefined after a write, until it is asked for: a copy for each write would make many of them slow. */
  #list: readonly Entity<C>[] | undefined
  /** By name, in the order of the list; undefined until a name is looked up. */
  #entities: Map<string, Entity<C>> | undefined

  constructor (name: C, config: Config) {
    this.#name = name
    this.#list = config[name] as readonly Entity<C>[]
  }

  get #byName (): Map<string, Entity<C>> {
    return this.#entities ??= new Map(this.#list!.map(entity => [entity.name, entity]))
  }

  list (): readonly Entity<C>[] { return this.#list ??= [...this.#entities!.values()] }
  get (name: string): Entity<C> | undefined { return this.#byName.get(name) }

  require (name: string): Entity<C> {
    const entity = this.get(name)
    if (entity === undefined) throw absent(this.#name, name, this.#byName.keys())
    return entity
  }

  create (sent: EntityInput<C>): Entity<C> {
    const entity = newEntity(this.#name, sent)
    if (this.#byName.has(entity.name)) throw taken(this.#name, entity.name)
    return this.#put(entity)
  }

  replace (name: string, sent: EntityReplacement<C>, options: WriteOptions = {}): Entity<C> {
    const present = this.require(name)
    return this.#put(changed(this.#name, present, options, () => replacement(this.#name, present, sent)))
  }

  patch (name: string, patch: EntityPatch<C>, options: WriteOptions = {}): Entity<C> {
    const present = this.require(name)
    return this.#put(changed(this.#name, present, options, () => patched(this.#name, present, patch)))
  }

  delete (name: string, options: WriteOptions = {}): void {
    checkVersion(options, this.require(name), describeEntity(this.#name, name))
    this.#byName.delete(name)
    this.#list = undefined
  }

  #put (entity: Entity<C>): Entity<C> {
    this.#byName.set(entity.name, entity)
    this.#list = undefined
    return entity
  }
}
