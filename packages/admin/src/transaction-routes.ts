import { collections, WeirError, type CollectionName } from '@weirlb/model'
import type { Draft } from '@weirlb/core'
import { checkDifference } from './access/scopes.ts'
import { bodyErrors, wholeConfigErrors } from './collection-routes.ts'
import { withoutStatus } from './entity-view.ts'
import { parseBody } from './request-input.ts'
import { route, type Route } from './route.ts'
import { transactionInput, type TransactionInput } from './transaction-schemas.ts'

type Change = TransactionInput['changes'][number]

/** Many changes as one revision. */
export const transactionRoutes = (): Route[] => [
  route({
    method: 'POST',
    path: '/transactions',
    operationId: 'runTransaction',
    role: 'admin',
    tag: 'Configuration',
    summary: 'Make many changes at once',
    description: 'All changes are applied as one revision, or none. References are checked after all changes, so an entity may follow those that refer to it. ' +
      'A fault of one change is reported with its path: `changes[3].value.port`. `If-Match` concerns the whole configuration.',
    body: { schema: 'TransactionInput', mediaTypes: ['application/json'] },
    ifMatch: true,
    answers: { 200: { doc: 'The changes are applied.', schema: 'TransactionDone', etag: true } },
    errors: [...bodyErrors, ...wholeConfigErrors, 'not-found', 'precondition-failed'],
    write: { action: 'transaction' },
    scope: 'itself',
    handle: async ({ weir, body, ifMatch, principal }) => {
      const { changes } = parseBody(transactionInput, body)
      const { etag } = await weir.config.edit(function * (draft) {
        const before = draft.config
        yield * makeEach(draft, changes)
        checkDifference(principal, before, draft.config)
      }, { ifMatch })
      const { revision } = await weir.health()
      return { status: 200, etag, body: { revision, changes: changes.length } }
    }
  })
]

/** Makes the changes, and yields after each. */
function * makeEach (draft: Draft, changes: readonly Change[]): Generator<void> {
  for (const [at, change] of changes.entries()) {
    make(draft, change, at)
    yield
  }
}

const make = (draft: Draft, change: Change, at: number): void => {
  const entities = draft.collection(change.collection as CollectionName)
  try {
    switch (change.action) {
      case 'create': entities.create(withoutStatus(change.value)); return
      case 'replace': entities.replace(change.name, withoutStatus(change.value), change); return
      case 'patch': entities.patch(change.name, withoutStatus(change.value), change); return
      case 'delete': entities.delete(change.name, change)
    }
  } catch (error) {
    throw error instanceof WeirError ? placed(error, change, at) : error
  }
}

/** The same error, with its place among the changes. */
const placed = (error: WeirError, change: Change, at: number): WeirError => {
  const what = 'name' in change
    ? `${change.action} of ${collections[change.collection as CollectionName].noun} '${change.name}'`
    : `${change.action} of a ${collections[change.collection as CollectionName].noun}`
  const below = change.action === 'delete' ? `changes[${at}]` : `changes[${at}].value`
  return new WeirError(error.code, `changes[${at}] (${what}): ${error.message}`, {
    cause: error,
    retry: error.retry,
    issues: error.issues.length === 0
      ? [{ path: `changes[${at}]`, message: error.message }]
      : error.issues.map(issue => ({ ...issue, path: issue.path === '' ? below : `${below}.${issue.path}` }))
  })
}
