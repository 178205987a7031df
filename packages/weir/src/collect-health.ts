import type { ServiceHealth } from '@weirlb/model'
import type { Health } from './api/weir.ts'
import type { ClusterStatus, NodeInfo } from './cluster/cluster.ts'
import { probedServices } from './config/membership.ts'
import { placesKnown } from './config/geo-files.ts'
import { entitiesThatNeed, missingPlaces } from './config/geo-needs.ts'
import type { Revision } from './config/revisions.ts'
import type { DataPlane } from './data-plane.ts'
import type { InspectorStatus } from './api/inspector-status.ts'
import { inspectedAt, whyUninspected } from './managed/inspectors.ts'
import type { Prober } from './prober.ts'
import { version } from './version.ts'

/** Sources of the health. */
export interface HealthSources {
  readonly plane: Pick<DataPlane, 'workers'>
  readonly health: Prober
  readonly cluster?: { readonly status: ClusterStatus, readonly lastNodes: readonly NodeInfo[] } | undefined
}

/** User vservers that are in defence mode, and the processes that inspect requests. */
export interface WorkerNews {
  readonly defending: Health['defending']
  readonly inspectors: readonly InspectorStatus[]
}

/** Maximum entities without effect that the health names. */
const MAX_INACTIVE = 100

/** Where the health of a service is counted. */
const countedAs = { up: 'up', down: 'down', unknown: 'unknown', failing: 'unknown' } as const satisfies Record<
  ServiceHealth,
  string
>

/** How the whole is doing. `startedAt` is of `performance.now()`, 0 before `start`. */
export const collectHealth = (
  { plane, health, cluster }: HealthSources,
  { config, geo, membership, number }: Revision,
  { defending, inspectors }: WorkerNews,
  running: boolean,
  startedAt: number
): Health => {
  const workers = plane.workers()
  const services = { up: 0, down: 0, unknown: 0 }
  for (const { name, state } of probedServices(membership))
    if (state === 'enabled') services[countedAs[health.status(name).health]]++
  const known = placesKnown(geo)
  const inactive: { entity: string, reason: string }[] = []
  for (const { entity, needs } of entitiesThatNeed(config)) {
    const reason = missingPlaces(needs, known)
    if (reason !== undefined && inactive.length < MAX_INACTIVE) inactive.push({ entity, reason })
  }
  for (const check of config.managedChecks) {
    const failed = whyUninspected(check, inspectors)
    if (failed === undefined || inactive.length >= MAX_INACTIVE) continue
    // What is missing concerns those as well that nothing is inspected for.
    if (!failed.missing && inspectedAt(check, config).length === 0) continue
    inactive.push({ entity: `managed check '${check.name}'`, reason: failed.reason })
  }
  return {
    status:
      running && (cluster?.status.state ?? 'up') === 'up' && services.down === 0 && inactive.length === 0 &&
        workers.every(({ status }) => status === 'up')
        ? 'ok'
        : 'degraded',
    version,
    revision: number,
    uptimeSeconds: startedAt === 0 ? 0 : (performance.now() - startedAt) / 1000,
    workers,
    cluster: cluster?.status,
    services,
    defending: [
      ...defending.filter(({ userVserver }) => config.userVservers.some(({ name }) => name === userVserver)),
      ...(cluster?.lastNodes ?? []).flatMap(({ name: node, self, defending: there }) =>
        self ? [] : there.map(each => ({ ...each, node }))
      )
    ],
    inactive
  }
}
