import type { Health, Jobs } from '@weirlb/admin/client'
import { call } from '../../api/api.ts'
import { clusterOf, type ClusterData } from '../nodes/load-cluster.ts'
import type { HealthRow } from './pool-health.tsx'

/** A user vserver, and how it is. */
export interface VserverRow {
  readonly name: string
  readonly protocol: string
  readonly address: string
  readonly state: string
  readonly reason: string | undefined
}

/** What the overview shows beside the history. */
export interface OverviewData {
  readonly server: Health
  /** Undefined: this Weir is no node of one. */
  readonly cluster: ClusterData | undefined
  readonly vservers: readonly VserverRow[]
  readonly health: readonly HealthRow[]
  readonly jobs: Jobs['items']
}

interface WithStatus {
  readonly name: string
  readonly status?: {
    readonly value: string
    readonly reason?: string | undefined
    readonly since?: string | undefined
  } | undefined
}

const healthRow = (kind: string) => ({ name, status }: WithStatus): HealthRow => ({
  kind,
  name,
  value: status?.value ?? 'unknown',
  reason: status?.reason,
  since: status?.since === undefined ? undefined : Date.parse(status.since)
})

/** Ask the API for all of it. */
export const loadOverview = async (): Promise<OverviewData> => {
  const [server, vservers, glbs, lbVservers, groups, services, jobs] = await Promise.all([
    call('getHealth'),
    call('listUserVservers'),
    call('listGlbs'),
    call('listLbVservers'),
    call('listServiceGroups'),
    call('listServices'),
    call('listJobs')
  ])
  return {
    server: server.body,
    cluster: await clusterOf(server.body),
    vservers: vservers.body.items.map(({ name, protocol, address, port, status }) => ({
      name,
      protocol,
      address: `${status?.listening?.address ?? address}:${status?.listening?.port ?? port}`,
      state: status?.value ?? 'unknown',
      reason: status?.reason
    })),
    health: [
      ...glbs.body.items.map(healthRow('GLB')), ...lbVservers.body.items.map(healthRow('LB vserver')),
      ...groups.body.items.map(healthRow('service group')), ...services.body.items.map(healthRow('service'))
    ],
    jobs: jobs.body.items.toSorted((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt))
  }
}
