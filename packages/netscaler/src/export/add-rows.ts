import type { CollectionName } from '@weirlb/model'
import type { Parameter } from '../grammar/option.ts'
import { parametersOf } from '../table/entity-row.ts'
import { rowOf } from '../table/own-rows.ts'

/** What `add` of a collection is written with. */
export interface AddRow {
  /** `add`, and the words of the object. */
  readonly words: readonly string[]
  /** Arguments behind the name. */
  readonly arguments: readonly Parameter[]
  readonly options: readonly Parameter[]
  /** Paths that other words or lines are for. */
  readonly omit: readonly string[]
  /** Optional objects that are written as JSON. */
  readonly whole: readonly string[]
}

const rows = new Map<CollectionName, AddRow>()

/** Returns the row of a collection. */
export const addOf = (collection: CollectionName): AddRow => {
  const known = rows.get(collection)
  if (known !== undefined) return known
  const row = rowOf(collection)
  const argued = row.arguments.map(({ field }) => field!.join('.'))
  const made = {
    words: ['add', ...row.object.split(' ')],
    arguments: row.arguments,
    options: parametersOf(row).add,
    omit: ['name', ...row.omit ?? [], ...argued],
    whole: row.whole ?? []
  }
  rows.set(collection, made)
  return made
}
