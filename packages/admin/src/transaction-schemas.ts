import { collectionNames } from '@weirlb/model'
import { z } from 'zod'

const collection = z.enum(collectionNames as unknown as [string, ...string[]]).describe('As in the configuration document: `lbVservers`.')
const name = z.string().describe('Name of the entity.')
const ifMatch = z.string().optional().describe('ETag of the entity as it was before this transaction, or as earlier changes of it left it.')
const value = z.record(z.string(), z.unknown())

const changes = [
  z.strictObject({ action: z.literal('create'), collection, value: value.describe('The entity.') }),
  z.strictObject({ action: z.literal('replace'), collection, name, value: value.describe('The entity.'), ifMatch }),
  z.strictObject({ action: z.literal('patch'), collection, name, value: value.describe('JSON Merge Patch (RFC 7396).'), ifMatch }),
  z.strictObject({ action: z.literal('delete'), collection, name, ifMatch })
] as const

export const transactionInput = z.strictObject({
  changes: z.array(z.discriminatedUnion('action', changes)).min(1).max(10_000).describe('Made in this order; each sees what those before it made.')
}).describe('Changes that become one revision: all of them, or none.')
export type TransactionInput = z.output<typeof transactionInput>

export const transactionDone = z.object({
  revision: z.int().min(0).describe('Number of the running configuration. It is the one before where the changes change nothing.'),
  changes: z.int().min(1).describe('How many were made.')
}).describe('The changes apply.')
