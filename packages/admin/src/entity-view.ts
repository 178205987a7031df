import {
  withoutPath,
  type CollectionName,
  type Config,
  type ConfigInput,
  type Entity,
  type WeirError
} from '@weirlb/model'
import type { EntityStatus, Weir } from '@weirlb/core'
import { toWeirError } from './problem.ts'
import { secretFields, statusField } from './entity-components.ts'

/** An entity as the API shows it: no secrets, and how it is doing. */
export const view = async <C extends CollectionName>(weir: Weir, collection: C, entity: Entity<C>): Promise<object> =>
  withStatus(collection, entity, await known(weir.collection(collection).status(entity.name), unknown))

/** Every entity of a collection as the API shows it, read at one moment. */
export const viewAll = async <C extends CollectionName>(weir: Weir, collection: C): Promise<object[]> => {
  const entities = weir.collection(collection)
  let none: EntityStatus | undefined
  const statuses = await known(entities.statuses(), error => { none = unknown(error); return [] })
  const byName = new Map(statuses.map(({ name, status }) => [name, status]))
  // Meanwhile an entity may have come.
  return entities.list().map(entity =>
    withStatus(collection, entity, byName.get(entity.name) ?? none ?? { value: 'unknown', reason: 'it is new' })
  )
}

const withStatus = <C extends CollectionName>(collection: C, entity: Entity<C>, status: EntityStatus): object =>
  ({ ...withoutSecrets(collection, entity), [statusField]: status })

const unknown = (error: WeirError): EntityStatus => ({ value: 'unknown', reason: error.message })

/** A read or a write succeeds even if no worker can report the entity's status. */
const known = async <T>(asked: Promise<T>, otherwise: (error: WeirError) => T): Promise<T> => {
  try {
    return await asked
  } catch (error) {
    const refusal = toWeirError(error)
    if (refusal === undefined || refusal.code === 'internal') throw error
    return otherwise(refusal)
  }
}

/** The whole configuration as the API shows it: no secrets. */
export const viewConfig = (config: Config): Config => ({
  ...config,
  certkeys: config.certkeys.map(certkey => withoutSecrets('certkeys', certkey))
})

const withoutSecrets = <C extends CollectionName>(collection: C, entity: Entity<C>): Entity<C> =>
  (secretFields[collection] ?? []).reduce(withoutPath, entity)

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Returns a client's body without the fields that only responses have. `T` is the expected type: Weir checks the
 * body.
 */
export const withoutStatus = <T>(body: unknown): T => {
  if (!isObject(body)) return body as T
  const { [statusField]: _, ...rest } = body
  return rest as T
}

/** The same for every entity of a whole configuration, which may name its schema as a file does. */
export const configWithoutStatus = (body: unknown): ConfigInput =>
  (isObject(body)
    ? Object.fromEntries(
      Object.entries(body).filter(([key]) => key !== '$schema').map((
        [key, list]
      ) => [key, Array.isArray(list) ? list.map(withoutStatus) : list])
    )
    : body) as ConfigInput
