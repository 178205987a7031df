import type { CollectionName, Config, Entity, WeirError } from '@weirlb/model'
import type { EntityState, Weir } from '@weirlb/core'
import { toWeirError } from './problem.ts'
import { secretFields, statusField } from './components.ts'

/** An entity as the API shows it: no secrets, and how it is doing. */
export const view = async <C extends CollectionName>(weir: Weir, collection: C, entity: Entity<C>): Promise<object> =>
  withStatus(collection, entity, await known(weir.state(collection, entity.name), unknown))

/** Every entity of a collection as the API shows it, their states read at one moment. */
export const viewAll = async <C extends CollectionName>(weir: Weir, collection: C): Promise<object[]> => {
  let none: EntityState | undefined
  const states = await known(weir.states(collection), error => { none = unknown(error); return [] })
  const byName = new Map(states.map(({ name, state }) => [name, state]))
  // Between the states and this list an entity may have come.
  return weir.list(collection).map(entity => withStatus(collection, entity, byName.get(entity.name) ?? none ?? { status: 'unknown', reason: 'it is new' }))
}

const withStatus = <C extends CollectionName>(collection: C, entity: Entity<C>, state: EntityState): object =>
  ({ ...withoutSecrets(collection, entity), [statusField]: state })

const unknown = (error: WeirError): EntityState => ({ status: 'unknown', reason: error.message })

/** The configuration can be read, and a write has happened, whether or not a worker is there to say how an entity is doing. */
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
export const viewConfig = (config: Config): Config => ({ ...config, certkeys: config.certkeys.map(certkey => withoutSecrets('certkeys', certkey)) })

const withoutSecrets = <C extends CollectionName>(collection: C, entity: Entity<C>): Entity<C> => {
  const shown = { ...entity } as Record<string, unknown>
  for (const field of secretFields[collection] ?? []) delete shown[field]
  return shown as Entity<C>
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** What a client sent, less the fields that only answers have. What is not an object is left for Weir to refuse. */
export const withoutStatus = (body: unknown): unknown => {
  if (!isObject(body)) return body
  const { [statusField]: _, ...rest } = body
  return rest
}

/** The same for every entity of a whole configuration. */
export const configWithoutStatus = (body: unknown): unknown =>
  isObject(body) ? Object.fromEntries(Object.entries(body).map(([key, list]) => [key, Array.isArray(list) ? list.map(withoutStatus) : list])) : body
