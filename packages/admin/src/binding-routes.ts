import { collections, type BindingInput, type MonitorBinding } from '@weirlb/model'
import { answer, bindingErrors, bodyErrors, requireBody } from './collection-routes.ts'
import { route, type Route } from './route.ts'

const tag = 'LB vservers'
const answers = { 200: { doc: 'The LB vserver as it is now.', schema: 'LbVserver', etag: true } } as const

/** What binds monitors, with the words of its routes. */
const binders = [
  { collection: 'services', tag: 'Services', schema: 'Service', a: 'a service', suffix: '' },
  {
    collection: 'serviceGroups',
    tag: 'Service groups',
    schema: 'ServiceGroup',
    a: 'a service group',
    suffix: 'OfGroup'
  },
  { collection: 'lbVservers', tag: 'LB vservers', schema: 'LbVserver', a: 'an LB vserver', suffix: 'OfLbVserver' }
] as const

const DEFAULT_PROBE = {
  bind: ' The first one takes the place of the default probe.',
  unbind: ' The last one leaves the default probe.'
}

/** Monitors of services, service groups and LB vservers, one by one. */
export const monitorBindingRoutes = (): Route[] =>
  binders.flatMap(({ collection, tag, schema, a, suffix }) => {
    const path = `/${collections[collection].path}/:name/monitors`
    const answers = { 200: { doc: `The ${a.slice(a.indexOf(' ') + 1)} as it is now.`, schema, etag: true } } as const
    const probe = collection === 'lbVservers' ? { bind: '', unbind: '' } : DEFAULT_PROBE
    return [
      route({
        method: 'POST',
        path,
        operationId: `bindMonitor${suffix}`,
        role: 'admin',
        tag,
        summary: `Bind a monitor to ${a}`,
        description:
          `The monitor is one of the list.${probe.bind} One that is already bound is refused; a PATCH of \`monitors\` changes its weight.`,
        body: { schema: 'MonitorBinding', mediaTypes: ['application/json'] },
        ifMatch: true,
        answers,
        errors: [...bindingErrors, ...bodyErrors, 'name-taken'],
        write: { collection, action: 'bind-monitor' },
        handle: async ({ weir, params, body, ifMatch }) =>
          answer(
            weir,
            collection,
            200,
            await weir[collection].bindMonitor(params['name']!, requireBody(body, 'binding') as MonitorBinding, {
              ifMatch
            }) as never
          )
      }),
      route({
        method: 'DELETE',
        path: `${path}/:monitor`,
        operationId: `unbindMonitor${suffix}`,
        role: 'admin',
        tag,
        summary: `Unbind a monitor from ${a}`,
        description: `The monitor stays in the list.${probe.unbind}`,
        ifMatch: true,
        answers,
        errors: bindingErrors,
        write: { collection, action: 'unbind-monitor' },
        handle: async ({ weir, params, ifMatch }) =>
          answer(
            weir,
            collection,
            200,
            await weir[collection].unbindMonitor(params['name']!, params['monitor']!, { ifMatch }) as never
          )
      })
    ]
  })

/** Services of an LB vserver, one by one: who binds one need not know the others. */
export const bindingRoutes = (): Route[] => [
  route({
    method: 'POST',
    path: '/lb-vservers/:name/services',
    operationId: 'bindService',
    role: 'admin',
    tag,
    summary: 'Bind a service to an LB vserver',
    description: 'The service is appended to the bound ones. One that is already bound is refused; a PATCH of `services` changes its weight.',
    body: { schema: 'BindingInput', mediaTypes: ['application/json'] },
    ifMatch: true,
    answers,
    errors: [...bindingErrors, ...bodyErrors, 'name-taken'],
    write: { collection: 'lbVservers', action: 'bind-service' },
    handle: async ({ weir, params, body, ifMatch }) =>
      answer(
        weir,
        'lbVservers',
        200,
        await weir.lbVservers.bind(params['name']!, requireBody(body, 'binding') as BindingInput, { ifMatch })
      )
  }),
  route({
    method: 'DELETE',
    path: '/lb-vservers/:name/services/:service',
    operationId: 'unbindService',
    role: 'admin',
    tag,
    summary: 'Unbind a service from an LB vserver',
    description: 'The service and its connections stay. It gets no new clients of this LB vserver, and its persistence entries there are deleted.',
    ifMatch: true,
    answers,
    errors: bindingErrors,
    write: { collection: 'lbVservers', action: 'unbind-service' },
    handle: async ({ weir, params, ifMatch }) =>
      answer(weir, 'lbVservers', 200, await weir.lbVservers.unbind(params['name']!, params['service']!, { ifMatch }))
  })
]
