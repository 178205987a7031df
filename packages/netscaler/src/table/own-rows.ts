import { collectionNames, collections, type CollectionName } from '@weirlb/model'
import type { z } from 'zod'
import { deriveOptions } from '../grammar/derive-options.ts'
import { certkeyRow } from './certkey.ts'
import type { EntityRow } from './entity-row.ts'
import { extensionRow } from './extension.ts'
import { lbVserverRow } from './lb-vserver.ts'
import { monitorRow } from './monitor.ts'
import { serviceGroupRow } from './service-group.ts'
import { serviceRow } from './service.ts'
import { userProtocolRow, userVserverRow } from './user.ts'

const named: readonly EntityRow[] = [
  extensionRow,
  userProtocolRow,
  certkeyRow,
  monitorRow,
  serviceRow,
  serviceGroupRow,
  lbVserverRow,
  userVserverRow
]

/** One word of a noun: `userThing` of `user thing`. */
const wordOf = (noun: string): string =>
  noun.toLowerCase().replaceAll(/ (\w)/g, (_, letter: string) => letter.toUpperCase())

const ownRow = (collection: CollectionName): EntityRow => {
  const { noun, schema } = collections[collection]
  const singular = collection.replace(/s$/, '')
  return {
    object: wordOf(noun),
    doc: `A ${noun}, with the fields of the reference. Weir's own object: NetScaler has none.`,
    collection,
    component: `${singular[0]!.toUpperCase()}${singular.slice(1)}`,
    arguments: [],
    // All of them are Weir's own, so none is listed apart.
    options: Object.fromEntries(
      deriveOptions(schema as unknown as z.ZodType, ['name']).map(({ name, kind }) => [name, { field: name, kind }])
    ),
    foreign: {},
    switches: { enable: `Switch the ${noun} on.`, disable: `Switch the ${noun} off.` }
  }
}

/** Rows of collections that NetScaler has no words for: an object of Weir's own, whose options are its fields. */
export const ownRows: readonly EntityRow[] = collectionNames.filter(collection =>
  !named.some(row => row.collection === collection)
).map(ownRow)

/** The row of a collection. */
export const rowOf = (collection: CollectionName): EntityRow =>
  [...named, ...ownRows].find(row => row.collection === collection)!
