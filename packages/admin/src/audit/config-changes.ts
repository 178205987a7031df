import {
  collectionNames,
  diffCollection,
  fieldDifferences,
  type AuditedEntity,
  type AuditedField,
  type CollectionName,
  type Config
} from '@weirlb/model'

/** Most entities and fields of one entry. */
const MAX_ENTITIES = 50
const MAX_FIELDS = 200
/** Longest value that is shown whole, in characters of JSON. */
const MAX_VALUE = 200

/** What a change made of the configuration, and how much of it is left out. */
export interface ConfigChanges { readonly changes: readonly AuditedEntity[], readonly more: number }

type Fields = Readonly<Record<string, unknown>>
interface Named extends Fields { readonly name: string }

/**
 * Compare two configurations, which may hold secrets. The result has none: it says that a secret has changed, and no
 * value.
 */
export const configChanges = (before: Config, after: Config): ConfigChanges => {
  const changes: AuditedEntity[] = []
  let fieldsLeft = MAX_FIELDS
  let more = 0
  const add = (
    collection: CollectionName,
    name: string,
    action: AuditedEntity['action'],
    fields: AuditedField[]
  ): void => {
    if (changes.length === MAX_ENTITIES) {
      more++
      return
    }
    const shown = fields.slice(0, fieldsLeft)
    fieldsLeft -= shown.length
    more += fields.length - shown.length
    changes.push({ collection, name, action, fields: shown })
  }
  for (const collection of collectionNames) {
    const { added, changed, removed } = diffCollection<Named>(
      before[collection] as readonly Named[],
      after[collection] as readonly Named[]
    )
    for (const entity of added) add(collection, entity.name, 'created', fieldChanges(collection, {}, entity))
    for (const { before, after } of changed)
      add(collection, after.name, 'changed', fieldChanges(collection, before, after))
    for (const entity of removed) add(collection, entity.name, 'deleted', fieldChanges(collection, entity, {}))
  }
  return { changes, more }
}

/** Changed fields of an entity but its name, which its entry has. */
const fieldChanges = (collection: CollectionName, before: Fields, after: Fields): AuditedField[] =>
  fieldDifferences(collection, before, after)
    .filter(({ path }) => path !== 'name')
    .map(field =>
      field.secret === true
        ? field
        : { path: field.path, ...valueText('from', field.before), ...valueText('to', field.after) }
    )

const valueText = (side: 'from' | 'to', value: unknown): { readonly from?: string, readonly to?: string } => {
  if (value === undefined) return {}
  const text = JSON.stringify(value)
  return { [side]: text.length <= MAX_VALUE ? text : `${text.slice(0, MAX_VALUE)}… (${text.length} characters)` }
}
