// The configuration as a value: what one write makes of it. Nothing here runs or saves anything.
import {
  collections,
  describeChoices,
  describeEntity,
  parseEntity,
  usedBy,
  WeirError,
  type CollectionName,
  type Config,
  type Entity
} from '@weirlb/model'
import { etagOf, matches } from './etag.ts'
import { inputForms } from './input-forms.ts'
import { mergePatch } from './merge-patch.ts'
import type { WriteOptions } from './versioned.ts'

/** The entity of this name, or undefined. */
export const find = <C extends CollectionName>(config: Config, collection: C, name: string): Entity<C> | undefined =>
  (config[collection] as readonly Entity<C>[]).find(entity => entity.name === name)

type Named = { readonly name: string }

/** The entities of a list by name. A list is never changed, only replaced. */
const indices = new WeakMap<readonly Named[], ReadonlyMap<string, Named>>()

/** The same, for who looks up many in one configuration: its lists are gone through once. */
export const findAmongMany = <C extends CollectionName>(
  config: Config,
  collection: C,
  name: string
): Entity<C> | undefined => {
  const list: readonly Named[] = config[collection]
  let index = indices.get(list)
  if (index === undefined) indices.set(list, index = new Map(list.map(entity => [entity.name, entity])))
  return index.get(name) as Entity<C> | undefined
}

/** Returns the error of a name that no entity has, with the existing ones. */
export const absent = (collection: CollectionName, name: string, there: Iterable<string>): WeirError =>
  new WeirError('not-found', `no ${collections[collection].noun} '${name}'; there are: ${describeChoices([...there])}`)

/** Returns the entity of this name. Throws not-found, with the existing names. */
export const required = <C extends CollectionName>(config: Config, collection: C, name: string): Entity<C> => {
  const entity = find(config, collection, name)
  if (entity === undefined) throw absent(collection, name, config[collection].map(({ name }) => name))
  return entity
}

/** Returns the configuration with this entity, replacing the one of its name or appended. */
export const put = <C extends CollectionName>(config: Config, collection: C, entity: Entity<C>): Config => {
  const list = config[collection] as readonly Entity<C>[]
  const at = list.findIndex(e => e.name === entity.name)
  return { ...config, [collection]: at < 0 ? [...list, entity] : list.with(at, entity) }
}

/** Throws precondition-failed when `present` is not what the writer has seen. */
export const checkVersion = ({ ifMatch }: WriteOptions, present: unknown, what: string): void => {
  if (ifMatch === undefined) return
  const etag = etagOf(present)
  if (!matches(ifMatch, etag))
    throw new WeirError(
      'precondition-failed',
      `${what} changed: If-Match is ${ifMatch}, the present version is ${etag}`
    )
}

/** Returns the sent value as a stored entity. Throws config-invalid. */
export const newEntity = <C extends CollectionName>(collection: C, sent: unknown): Entity<C> =>
  parseEntity(collection, inputForms(collection).create(sent))

/** Returns the error of a new entity whose name another has. */
export const taken = (collection: CollectionName, name: string): WeirError =>
  new WeirError('name-taken', `there is a ${describeEntity(collection, name)} already`, {
    issues: [{ path: 'name', message: `'${name}' is taken` }]
  })

/** Throws name-taken. */
export const added = <C extends CollectionName>(config: Config, collection: C, entity: Entity<C>): Config => {
  if (find(config, collection, entity.name) !== undefined) throw taken(collection, entity.name)
  return put(config, collection, entity)
}

/** Returns what an entity becomes by an input for it. Throws precondition-failed or config-invalid. */
export const changed = <C extends CollectionName>(
  collection: C,
  present: Entity<C>,
  options: WriteOptions,
  input: () => unknown
): Entity<C> => {
  const { name } = present
  checkVersion(options, present, describeEntity(collection, name))
  const entity = parseEntity(collection, input())
  if (entity.name !== name) {
    const message = `a ${
      collections[collection].noun
    } cannot be renamed: expected '${name}', got '${entity.name}'; create another and move the references`
    throw new WeirError('config-invalid', `name: ${message}`, { issues: [{ path: 'name', message }] })
  }
  return entity
}

/** The configuration with an entity rewritten. Throws not-found, precondition-failed or config-invalid. */
export const rewritten = <C extends CollectionName>(
  config: Config,
  collection: C,
  name: string,
  options: WriteOptions,
  input: (present: Entity<C>) => unknown
): Config => {
  const present = required(config, collection, name)
  return put(config, collection, changed(collection, present, options, () => input(present)))
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Returns the replacement of an entity; its name may be omitted. */
export const replacement = <C extends CollectionName>(collection: C, present: Entity<C>, input: unknown): unknown => {
  const kept = inputForms(collection).replace(present, input)
  return isObject(kept) && !('name' in kept) ? { name: present.name, ...kept } : kept
}

/** Returns an entity after a merge patch (RFC 7396). */
export const patched = <C extends CollectionName>(collection: C, present: Entity<C>, patch: unknown): unknown =>
  mergePatch(present, inputForms(collection).patch(present, patch))

/** The configuration without an entity, whether or not others refer to it. Throws not-found or precondition-failed. */
export const without = (config: Config, collection: CollectionName, name: string, options: WriteOptions): Config => {
  checkVersion(options, required(config, collection, name), describeEntity(collection, name))
  return { ...config, [collection]: config[collection].filter(entity => entity.name !== name) }
}

/** Throws in-use when others refer to an entity. */
export const checkUnused = (config: Config, collection: CollectionName, name: string): void => {
  const uses = usedBy(config, collection, name)
  if (uses.length === 0) return
  const holders = [...new Set(uses.map(use => describeEntity(use.collection, use.name)))]
  throw new WeirError('in-use', `${describeEntity(collection, name)} is in use by ${holders.join(', ')}`, {
    issues: uses.map(use => ({ path: use.path, message: `${describeEntity(use.collection, use.name)} refers to it` }))
  })
}
