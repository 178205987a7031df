import type { ListChangeInput } from '@weirlb/model'
import { answer, bodyErrors, listErrors, requireBody } from './collection-routes.ts'
import { route, type Route } from './route.ts'

/** Items of a list, some at a time: who adds one need not know the others. */
export const listRoutes = (): Route[] => [
  route({
    method: 'POST',
    path: '/lists/:name/items',
    operationId: 'changeListItems',
    role: 'admin',
    tag: 'Lists',
    summary: 'Add and remove items of a list',
    description: 'All at once. Items that have ended go, too.',
    body: { schema: 'ListChangeInput', mediaTypes: ['application/json'] },
    ifMatch: true,
    answers: { 200: { doc: 'The list as it is now.', schema: 'List', etag: true } },
    errors: [...listErrors, ...bodyErrors],
    write: { collection: 'lists', action: 'change-items' },
    handle: async ({ weir, params, body, ifMatch }) =>
      answer(
        weir,
        'lists',
        200,
        await weir.lists.change(params['name']!, requireBody(body, 'items') as ListChangeInput, { ifMatch })
      )
  })
]
