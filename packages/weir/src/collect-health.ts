import type { ServiceHealth } from '@weirlb/model'
import type { Health } from './api/weir.ts'
import { probedServices } from './config/membership.ts'
import type { Revision } from './config/revisions.ts'
import type { DataPlane } from './data-plane.ts'
import type { Prober } from './prober.ts'
import { version } from './version.ts'

/** Sources of the health. */
export interface HealthSources {
  readonly plane: Pick<DataPlane, 'workers'>
  readonly health: Prober
}

/** Where the health of a service is counted. */
const countedAs = { up: 'up', down: 'down', unknown: 'unknown', failing: 'unknown' } as const satisfies Record<ServiceHealth, string>

/** How the whole is doing. `startedAt` is in milliseconds since 1970 (UTC), 0 before `start`. */
export const collectHealth = ({ plane, health }: HealthSources, { membership, number }: Revision, running: boolean, startedAt: number): Health => {
  const workers = plane.workers()
  const services = { up: 0, down: 0, unknown: 0 }
  for (const { name, state } of probedServices(membership)) if (state === 'enabled') services[countedAs[health.status(name).health]]++
  return {
    status: running && services.down === 0 && workers.every(({ status }) => status === 'up') ? 'ok' : 'degraded',
    version,
    revision: number,
    uptimeSeconds: startedAt === 0 ? 0 : (Date.now() - startedAt) / 1000,
    workers,
    services
  }
}
