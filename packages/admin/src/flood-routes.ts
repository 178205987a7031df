import { z } from 'zod'
import { floodView } from './flood-view.ts'
import { route, type Route } from './route.ts'

/** The controls against floods. */
export const floodRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/flood-controls',
    operationId: 'listFloodControls',
    role: 'read',
    tag: 'User vservers',
    summary: 'List the controls against floods',
    description:
      'What each control bounds, its numbers, and how often it has acted. The numbers are settings of each user vserver, and `floods.off` switches controls off.',
    query: z.strictObject({
      userVserver: z.string().min(1).optional().describe(
        'Only of this user vserver, with its numbers. Default: of all, and numbers where there is one alone.'
      )
    }),
    answers: { 200: { doc: 'Every control.', schema: 'FloodControls' } },
    errors: ['not-found', 'worker-unavailable'],
    handle: async ({ weir, query: { userVserver } }) => {
      const vservers = userVserver === undefined
        ? weir.userVservers.list()
        : [weir.userVservers.require(userVserver).value]
      return {
        status: 200,
        body: {
          items: floodView(vservers, await weir.stats(), {
            rules: weir.rules.list(),
            rateLimits: weir.rateLimits.list(),
            managedChecks: weir.managedChecks.list()
          })
        }
      }
    }
  })
]
