import { z } from 'zod'
import { collectionNames, type CollectionName, type Config } from './config.ts'
import { diffConfig } from './revision.ts'

/** What a new configuration would do to one entity. */
export const plannedChange = z.object({
  action: z.enum(['start', 'change', 'drain', 'stop']).describe('`start`: it is new, or enabled. `change`: it goes on with other settings. `drain`: it takes no new clients and keeps those that it has. `stop`: it is removed or disabled.'),
  collection: z.enum(collectionNames as [CollectionName, ...CollectionName[]]),
  name: z.string(),
  fields: z.array(z.string()).optional().describe('Paths of the fields that differ, of an entity that is in both.'),
  connections: z.int().min(0).optional().describe(
    'Open connections of a service or user vserver that would drain or stop.'
  )
})
export type PlannedChange = Readonly<z.output<typeof plannedChange>>

/** What a new configuration would do. */
export const configPlan = z.object({
  ok: z.literal(true),
  revision: z.int().min(0).describe('The running revision, which it was compared with.'),
  changes: z.array(plannedChange).describe('By collection. Empty if nothing would change.')
})
export type ConfigPlan = Readonly<z.output<typeof configPlan>>

/** Returns what would become of each entity that differs, without the connections. */
export const planConfig = (before: Config, after: Config): PlannedChange[] =>
  diffConfig(before, after).map(({ action, collection, name, fields }): PlannedChange => {
    if (action !== 'changed') return { action: action === 'added' ? 'start' : 'stop', collection, name }
    const paths = fields!.map(({ path }) => path)
    return {
      action: paths.includes('state') ? turn(stateOf(after, collection, name)) : 'change',
      collection,
      name,
      fields: paths
    }
  })

const turn = (state: unknown): PlannedChange['action'] =>
  state === 'enabled' ? 'start' : state === 'disabled' ? 'stop' : 'drain'

const stateOf = (config: Config, collection: CollectionName, name: string): unknown => {
  const entity = (config[collection] as readonly { readonly name: string, readonly state?: unknown }[]).find(each =>
    each.name === name
  )
  return entity?.state
}
