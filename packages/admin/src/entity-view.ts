import type { CollectionName, Config, Entity } from '@weir/model'
import type { EntityState, Weir } from 'weir'
import { secretFields, statusField } from './components.ts'

/** An entity as the API shows it: no secrets, and how it is doing. */
export const view = async <C extends CollectionName>(weir: Weir, collection: C, entity: Entity<C>): Promise<object> =>
  ({ ...withoutSecrets(collection, entity), [statusField]: await stateOf(weir, collection, entity.name) })

/** The whole configuration as the API shows it: no secrets. */
export const viewConfig = (config: Config): Config => ({ ...config, certkeys: config.certkeys.map(certkey => withoutSecrets('certkeys', certkey)) })

const withoutSecrets = <C extends CollectionName>(collection: C, entity: Entity<C>): Entity<C> => {
  const shown = { ...entity } as Record<string, unknown>
  for (const field of secretFields[collection] ?? []) delete shown[field]
  return shown as Entity<C>
}

/** The configuration can be read, and a write has happened, whether or not a worker is there to say how the entity is doing. */
const stateOf = async (weir: Weir, collection: CollectionName, name: string): Promise<EntityState> => {
  try {
    return await weir.state(collection, name)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code !== 'internal') return { status: 'unknown', reason: error.message }
    throw error
  }
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
