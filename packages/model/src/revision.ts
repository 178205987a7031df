import { z } from 'zod'
import { collectionNames, type CollectionName, type Config } from './config.ts'
import { diffCollection } from './diff.ts'
import { fieldDifferences } from './field-differences.ts'

/** What changed the configuration. */
export const revisionAuthor = z.strictObject({
  via: z.enum(['api', 'exec', 'config-file', 'program', 'weir']).describe('`api` the REST API, `exec` commands of NetScaler\'s language, `config-file` the file of `--config`, `program` the program that runs Weir, `weir` Weir itself, as where it reverts a canary.'),
  name: z.string().max(256).optional().describe('Name of the API token, or path of the file.')
})
export type RevisionAuthor = Readonly<z.output<typeof revisionAuthor>>

const collection = z.enum(collectionNames as [CollectionName, ...CollectionName[]])
const action = z.enum(['added', 'changed', 'removed'])

/** One entity that differs between two configurations, without its values. */
export const changedEntity = z.strictObject({
  action,
  collection,
  name: z.string(),
  fields: z.array(z.string()).optional().describe('Paths of the fields that changed, of a changed entity.')
})
export type ChangedEntity = Readonly<z.output<typeof changedEntity>>

/** What a revision changed. */
export const revisionSummary = z.strictObject({
  added: z.int().min(0).describe('Number of entities.'),
  changed: z.int().min(0).describe('Number of entities.'),
  removed: z.int().min(0).describe('Number of entities.'),
  entities: z.array(changedEntity).describe('The first 100 of these entities, with at most 20 fields each.')
})
export type RevisionSummary = Readonly<z.output<typeof revisionSummary>>

/** A revision as the list shows it. */
export const revisionInfo = z.object({
  id: z.int().min(0).describe('Its number. Numbers grow by one.'),
  savedAt: z.string().describe('When it was applied: ISO 8601 in UTC.'),
  current: z.boolean().describe('True for the one that runs.'),
  author: revisionAuthor.optional().describe('What made it; absent where an older Weir saved it.'),
  rollbackTo: z.int().min(0).optional().describe('The revision whose configuration it restored.'),
  summary: revisionSummary.optional().describe(
    'How it differs from the one before it; absent where an older Weir saved it.'
  )
})
export type RevisionInfo = Readonly<z.output<typeof revisionInfo>>

/** A field that differs between two configurations. */
export const fieldChange = z.object({
  path: z.string().describe('Within its entity: `limits.maxClients`.'),
  before: z.unknown().optional().describe(
    'Absent where there was none. A value of more than 2,000 characters is shown as its length.'
  ),
  after: z.unknown().optional().describe('Absent where there is none.'),
  secret: z.literal(true).optional().describe('It changed, and no answer contains its values.')
})
export type FieldChange = Readonly<z.output<typeof fieldChange>>

/** An entity that differs between two configurations. */
export const entityChange = z.object({
  action,
  collection,
  name: z.string(),
  fields: z.array(fieldChange).optional().describe('Of a changed entity.')
})
export type EntityChange = Readonly<z.output<typeof entityChange>>

/** What differs between two revisions. */
export const revisionDiff = z.object({
  from: z.int().min(0).describe('The revision that is compared with; 0 is the empty configuration.'),
  to: z.int().min(0),
  changes: z.array(entityChange).describe('By collection; those that were added, changed and removed.')
})
export type RevisionDiff = Readonly<z.output<typeof revisionDiff>>

type Named = Readonly<Record<string, unknown>> & { readonly name: string }

/** Returns what differs between two configurations, by collection. Values of secret fields are left out. */
export const diffConfig = (before: Config, after: Config): EntityChange[] =>
  collectionNames.flatMap(collection => {
    const { added, changed, removed } = diffCollection<Named>(before[collection], after[collection])
    return [
      ...added.map(({ name }): EntityChange => ({ action: 'added', collection, name })),
      ...changed.map((each): EntityChange => ({
        action: 'changed',
        collection,
        name: each.after.name,
        fields: fieldsOf(collection, each.before, each.after)
      })),
      ...removed.map(({ name }): EntityChange => ({ action: 'removed', collection, name }))
    ]
  })

const MAX_ENTITIES = 100
const MAX_FIELDS = 20

/** Returns the summary of what differs between two configurations. */
export const summarize = (before: Config, after: Config): RevisionSummary => {
  const counts = { added: 0, changed: 0, removed: 0 }
  const entities: ChangedEntity[] = []
  for (const collection of collectionNames) {
    if (before[collection] === after[collection]) continue
    const { added, changed, removed } = diffCollection<Named>(before[collection], after[collection])
    counts.added += added.length
    counts.changed += changed.length
    counts.removed += removed.length
    for (const { name } of added.slice(0, MAX_ENTITIES - entities.length))
      entities.push({ action: 'added', collection, name })
    for (const each of changed.slice(0, MAX_ENTITIES - entities.length)) {
      entities.push({
        action: 'changed',
        collection,
        name: each.after.name,
        fields: fieldDifferences(collection, each.before, each.after).slice(0, MAX_FIELDS).map(({ path }) => path)
      })
    }
    for (const { name } of removed.slice(0, MAX_ENTITIES - entities.length))
      entities.push({ action: 'removed', collection, name })
  }
  return { ...counts, entities }
}

const fieldsOf = (collection: CollectionName, before: Named, after: Named): FieldChange[] =>
  fieldDifferences(collection, before, after).map(field =>
    field.secret === true
      ? field
      : { path: field.path, ...shown('before', field.before), ...shown('after', field.after) }
  )

const MAX_SHOWN = 2000

const shown = (side: 'before' | 'after', value: unknown): { readonly before?: unknown, readonly after?: unknown } => {
  if (value === undefined) return {}
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return { [side]: text.length <= MAX_SHOWN ? value : `(${text.length} characters)` }
}
