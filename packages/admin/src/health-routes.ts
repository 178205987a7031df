import { route, type Route } from './route.ts'

/** What the monitors of services found. */
export const healthRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/services/:name/health',
    operationId: 'getServiceHealth',
    role: 'read',
    tag: 'Services',
    summary: 'Show the health of a service and its history',
    description: 'Each of its monitors, and its last 50 changes with their reasons. Changes are kept in memory, and begin anew with the process.',
    answers: { 200: { doc: 'The health of the service.', schema: 'ServiceHealth' } },
    errors: ['not-found', 'worker-unavailable'],
    handle: async ({ weir, params }) => {
      const { health, reason, since, monitors, changes } = await weir.services.health(params['name']!)
      const shown = monitors.map(({ health: found, ...monitor }) => ({ ...monitor, health: shownHealth(found) }))
      return {
        status: 200,
        body: { health: shownHealth(health), reason, since, monitors: shown, changes: changes.toReversed() }
      }
    }
  })
]

/** A service that is failing has no verdict yet. */
const shownHealth = (health: string): string => health === 'failing' ? 'unknown' : health
