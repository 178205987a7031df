import { z } from 'zod'
import { collectionNames, type CollectionName } from './config.ts'
import { roles } from './access.ts'

/** A field before and after a change. A secret one has neither value. */
const fieldChange = z.object({
  path: z.string().describe('As in `tls.minVersion`.'),
  from: z.string().optional().describe('As JSON; long values are shortened.'),
  to: z.string().optional().describe('As JSON; long values are shortened.'),
  secret: z.literal(true).optional().describe('It changed, and its values are secret.')
})
export type AuditedField = z.output<typeof fieldChange>

const entityChange = z.object({
  collection: z.enum(collectionNames as unknown as [CollectionName, ...CollectionName[]]),
  name: z.string(),
  action: z.enum(['created', 'changed', 'deleted']),
  fields: z.array(fieldChange)
})
/** What a change made of one entity. */
export type AuditedEntity = z.output<typeof entityChange>

/** A change, or an attempt at one, as the audit log has it. */
export const auditEntry = z.object({
  id: z.int().min(1).describe('Rises by one.'),
  time: z.string().describe('ISO 8601 in UTC.'),
  who: z.string().describe('`token:NAME`; `loopback` without a token; `admin-token` for the one of `--token-file`; `socket:uid:N`; `certificate:NAME`; `reload` for a file that was read again; `start` for a start that replaced the saved configuration; `nobody` for a failed authentication.'),
  role: z.enum(roles).optional().describe('Its role.'),
  from: z.string().describe('Address of the client; `socket`; or `process`.'),
  method: z.string().optional(),
  path: z.string().optional().describe('Path of the route: `/v1/services/{name}`.'),
  action: z.string().describe('As in the line of the log: `patch`, `drain`, `exec`, `create-token`, `authenticate`.'),
  collection: z.string().optional(),
  name: z.string().optional().describe('The entity, token, job or connection.'),
  status: z.int().optional().describe('HTTP status.'),
  code: z.string().describe('`ok`, or the code of the error.'),
  detail: z.string().optional().describe('Verbs and objects of commands, or the reason of a refusal.'),
  revision: z.int().optional().describe('Number of the configuration that it made.'),
  changes: z.array(entityChange).optional().describe('What it changed in the configuration.'),
  more: z.int().optional().describe('Changed entities and fields that are left out of `changes`.'),
  count: z.int().optional().describe('Like ones that this entry stands for, itself included.')
}).describe('An entry of the audit log.')
export type AuditEntry = z.output<typeof auditEntry>

export const auditEntries = z.object({
  items: z.array(auditEntry).describe('The newest first.'),
  next: z.int().optional().describe('`before` of the next page; left out on the last one.')
})
