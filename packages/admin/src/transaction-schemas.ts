import { collectionNames } from '@weirlb/model'
import { z } from 'zod'

const collection = z.enum(collectionNames as unknown as [string, ...string[]]).describe(
  'As in the configuration document: `lbVservers`.'
)
const name = z.string().describe('Name of the entity.')
const ifMatch = z.string().optional().describe(
  'ETag of the entity before this transaction, or after its earlier changes.'
)
const value = z.record(z.string(), z.unknown())

const changes = [
  z.strictObject({ action: z.literal('create'), collection, value: value.describe('The entity.') }),
  z.strictObject({ action: z.literal('replace'), collection, name, value: value.describe('The entity.'), ifMatch }),
  z.strictObject({
    action: z.literal('patch'),
    collection,
    name,
    value: value.describe('JSON Merge Patch (RFC 7396).'),
    ifMatch
  }),
  z.strictObject({ action: z.literal('delete'), collection, name, ifMatch })
] as const

export const transactionInput = z.strictObject({
  changes: z.array(z.discriminatedUnion('action', changes)).min(1).max(10_000).describe(
    'Applied in this order; each sees the results of the earlier ones.'
  )
}).describe('Changes that become one revision, all or none.')
/** The changes of a transaction. */
export type TransactionInput = z.output<typeof transactionInput>

export const transactionDone = z.object({
  revision: z.int().min(0).describe('Number of the running configuration; unchanged if the changes have no effect.'),
  changes: z.int().min(1).describe('Number of applied changes.')
}).describe('The changes are applied.')
