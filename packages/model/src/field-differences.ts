import { certkeySecrets } from './certkey.ts'
import type { CollectionName } from './config.ts'
import { equal } from './equal.ts'
import { lookUp } from './record.ts'

/** A field that differs between two states of an entity. A secret one has no values. */
export type FieldDifference =
  | { readonly path: string, readonly secret: true }
  | { readonly path: string, readonly secret?: never, readonly before: unknown, readonly after: unknown }

type Fields = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Returns the fields that differ between two states of an entity, each with its path: `limits.maxClients`. Objects are
 * compared field by field, also where one state has none, and lists as a whole. `undefined` is a value that is absent.
 */
export const fieldDifferences = (collection: CollectionName, before: Fields, after: Fields): FieldDifference[] => {
  const secrets = collection === 'certkeys' ? certkeySecrets.map(path => path.join('.')) : []
  const found: FieldDifference[] = []
  const compare = (path: string, a: unknown, b: unknown): void => {
    if (equal(a, b)) return
    if (secrets.includes(path)) {
      found.push({ path, secret: true })
      return
    }
    const [left, right] = [fieldsOf(a), fieldsOf(b)]
    const names = new Set([...Object.keys(left), ...Object.keys(right)])
    // An object in place of another value is that value's end, and the fields of the object.
    const whole = (value: unknown): unknown => names.size > 0 && isObject(value) ? undefined : value
    if (whole(a) !== undefined || whole(b) !== undefined) found.push({ path, before: whole(a), after: whole(b) })
    for (const name of names) compare(path === '' ? name : `${path}.${name}`, lookUp(left, name), lookUp(right, name))
  }
  compare('', before, after)
  return found
}

const fieldsOf = (value: unknown): Fields => isObject(value) ? value : {}
