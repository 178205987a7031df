import { route, type Route } from './route.ts'

/** The nodes of a cluster. */
export const nodeRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/nodes',
    operationId: 'listNodes',
    role: 'read',
    tag: 'Nodes',
    summary: 'List the nodes of the cluster',
    description: 'The Weirs that share their sessions over one store (`weir serve --cluster`), by name. A node that has said nothing for ten seconds is not among them. Empty where there is no cluster.',
    answers: { 200: { doc: 'The nodes.', schema: 'Nodes' } },
    errors: ['store-unreachable'],
    handle: async ({ weir }) => ({ status: 200, body: { items: await weir.nodes() } })
  })
]
