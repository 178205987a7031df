import { duration } from './amounts.ts'
import { lookUp, withoutSecrets, type CollectionName, type Entity } from '@weirlb/model'
import type { EntityStatus, Stats, Weir } from '@weirlb/core'

/** An entity with its status. */
export interface Seen<C extends CollectionName> { readonly entity: Entity<C>, readonly status: EntityStatus }

/** The entities of a collection, read at one moment: one by name, or all. Rejects with not-found. */
export const seen = async <C extends CollectionName>(
  weir: Weir,
  collection: C,
  name: string | undefined
): Promise<readonly Seen<C>[]> => {
  const entities = weir.collection(collection)
  const shown = (entity: Entity<C>): Entity<C> => collection === 'certkeys' ? withoutSecrets(entity) : entity
  if (name !== undefined) return [{ entity: shown(entities.require(name).value), status: await entities.status(name) }]
  const statuses = new Map((await entities.statuses()).map(({ name, status }) => [name, status]))
  return entities.list().map(entity => ({
    entity: shown(entity),
    status: statuses.get(entity.name) ?? { value: 'unknown' }
  }))
}

/** The counters of an entity; all of them are 0 for one that the workers have not yet. */
export const countersOf = <
  T extends keyof Stats & ('userVservers' | 'lbVservers' | 'glbs' | 'services' | 'extensions' | 'rules')
>(stats: Stats, collection: T, name: string): Stats[T][string] | undefined =>
  lookUp(stats[collection] as Record<string, Stats[T][string]>, name)

/** The sum of a record of counters. */
export const sumOf = (counters: Readonly<Record<string, number>> | undefined): number =>
  Object.values(counters ?? {}).reduce((sum, count) => sum + count, 0)

/** `UP`, `OUT OF SERVICE`: a status in NetScaler's words. */
export const stateWord = ({ value }: EntityStatus): string =>
  ({
    'sessions-only': 'GOING OUT OF SERVICE',
    draining: 'GOING OUT OF SERVICE',
    disabled: 'OUT OF SERVICE',
    'extension-down': 'DOWN'
  })[value] ?? value.toUpperCase()

/** When the state changed, and the time since: two lines, or undefined where nobody keeps the time. */
export const sinceLines = ({ since }: EntityStatus): (string | undefined)[] =>
  since === undefined
    ? []
    : [
      `Last state change was at ${since}`,
      `Time since last state change: ${duration((Date.now() - Date.parse(since)) / 1000)}`
    ]

/** `State: DOWN - no service is up`. */
export const stateLine = (status: EntityStatus): string =>
  `State: ${stateWord(status)}${status.reason === undefined ? '' : ` - ${status.reason}`}`
