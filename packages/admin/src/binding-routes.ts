import type { BindingInput } from '@weirlb/model'
import { answer, bindingErrors, bodyErrors, requireBody } from './collection-routes.ts'
import { route, type Route } from './route.ts'

const tag = 'LB vservers'
const answers = { 200: { doc: 'The LB vserver as it is now.', schema: 'LbVserver', etag: true } } as const

/** Services of an LB vserver, one by one: who binds one need not know the others. */
export const bindingRoutes = (): Route[] => [
  route({
    method: 'POST',
    path: '/lb-vservers/:name/services',
    operationId: 'bindService',
    tag,
    summary: 'Bind a service to an LB vserver',
    description: 'The service is appended to the bound ones. One that is already bound is refused; a PATCH of `services` changes its weight.',
    body: { schema: 'BindingInput', mediaTypes: ['application/json'] },
    ifMatch: true,
    answers,
    errors: [...bindingErrors, ...bodyErrors, 'name-taken'],
    write: { collection: 'lbVservers', action: 'bind-service' },
    handle: async ({ weir, params, body, ifMatch }) =>
      answer(weir, 'lbVservers', 200, await weir.lbVservers.bind(params['name']!, requireBody(body, 'binding') as BindingInput, { ifMatch }))
  }),
  route({
    method: 'DELETE',
    path: '/lb-vservers/:name/services/:service',
    operationId: 'unbindService',
    tag,
    summary: 'Unbind a service from an LB vserver',
    description: 'The service and its connections stay. It gets no new clients of this LB vserver, and its persistence entries there are deleted.',
    ifMatch: true,
    answers,
    errors: bindingErrors,
    write: { collection: 'lbVservers', action: 'unbind-service' },
    handle: async ({ weir, params, ifMatch }) => answer(weir, 'lbVservers', 200, await weir.lbVservers.unbind(params['name']!, params['service']!, { ifMatch }))
  })
]
