import { describeValue, WeirError } from '@weirlb/model'
import { z } from 'zod'
import { wholeConfigErrors } from './collection-routes.ts'
import { viewConfig } from './entity-view.ts'
import { route, type Route } from './route.ts'

const tag = 'Configuration'

/** The id in a path. */
const idOf = (text: string): number => {
  if (/^\d{1,10}$/.test(text)) return Number(text)
  throw new WeirError(
    'not-found',
    `no revision ${describeValue(text)}: expected a number, as GET /v1/revisions lists them`
  )
}

const diffQuery = z.strictObject({
  from: z.coerce.number().int().min(0).max(9_999_999_999).optional().describe(
    'Revision to compare with; 0 is the empty configuration. Default: the one before.'
  )
})

/** The history of the configuration. */
export const revisionRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/revisions',
    operationId: 'listRevisions',
    role: 'read',
    tag,
    summary: 'List the revisions of the configuration',
    description: 'The last 100 are kept, and of these as many as have room in 64 MiB; the newest comes first. A revision is an applied change: who made it, when, and what it changed.',
    answers: { 200: { doc: 'Every revision that is kept.', schema: 'Revisions' } },
    errors: ['storage-failed'],
    handle: async ({ weir }) => ({ status: 200, body: { items: await weir.revisions.list() } })
  }),
  route({
    method: 'GET',
    path: '/revisions/:id',
    operationId: 'getRevision',
    role: 'read',
    tag,
    summary: 'Show a revision',
    description: 'With its whole configuration. Private keys are omitted.',
    answers: { 200: { doc: 'The revision.', schema: 'RevisionDocument' } },
    errors: ['not-found', 'storage-failed'],
    handle: async ({ weir, params }) => {
      const { config, ...info } = await weir.revisions.get(idOf(params['id']!))
      return { status: 200, body: { ...info, config: viewConfig(config) } }
    }
  }),
  route({
    method: 'GET',
    path: '/revisions/:id/diff',
    operationId: 'diffRevision',
    role: 'read',
    tag,
    summary: 'Show what a revision changed',
    description: 'Entities that were added, changed and removed, and each changed field before and after. Of a private key only that it changed is shown.',
    query: diffQuery,
    answers: { 200: { doc: 'The differences.', schema: 'RevisionDiff' } },
    errors: ['not-found', 'storage-failed'],
    handle: async ({ weir, params, query }) => ({
      status: 200,
      body: await weir.revisions.diff(idOf(params['id']!), query.from)
    })
  }),
  route({
    method: 'POST',
    path: '/revisions/:id/rollback',
    operationId: 'rollbackRevision',
    role: 'admin',
    tag,
    summary: 'Run the configuration of a revision again',
    description: 'It becomes a new revision, private keys included; entities that do not change keep their connections. `If-Match` concerns the whole configuration. Takes no body.',
    ifMatch: true,
    answers: { 200: { doc: 'The configuration as it is now.', schema: 'Config', etag: true } },
    errors: [...wholeConfigErrors, 'not-found', 'precondition-failed'],
    write: { action: 'rollback-revision' },
    handle: async ({ weir, params, ifMatch }) => {
      const { value, etag } = await weir.revisions.rollback(idOf(params['id']!), { ifMatch })
      return { status: 200, etag, body: viewConfig(value) }
    }
  })
]
