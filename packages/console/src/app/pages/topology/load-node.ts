import { call } from '../../api/api.ts'
import type { GraphNode } from './graph.ts'

/** Something that happened to a node. */
export interface NodeEvent {
  readonly key: string
  /** Milliseconds since 1970. */
  readonly time: number
  /** A state, or an action. */
  readonly state: string
  readonly text: string
  /** How long what was before had lasted. */
  readonly lastedMs?: number
}

/** What the API has about a node. */
export interface NodeDetailData { readonly configuration: object, readonly events: readonly NodeEvent[] }

const MAX_EVENTS = 20

/** Ask the API for the configuration and the latest events of a node. */
export const loadNode = async ({ kind, name, group }: GraphNode): Promise<NodeDetailData> => {
  const path = { name }
  switch (kind) {
    case 'userVserver': {
      const [entity, decisions] = await Promise.all([
        call('getUserVserver', { path }),
        call('listSecurityEvents', { query: { userVserver: name, limit: MAX_EVENTS } })
      ])
      return {
        configuration: withoutStatus(entity.body),
        events: decisions.body.items.map(({ id, time, kind, name, action, simulated, address }) => ({
          key: id,
          time,
          state: action,
          text: `${kind} ${name} about ${address}${simulated ? ' (simulated)' : ''}`
        }))
      }
    }
    case 'glb': return { configuration: withoutStatus((await call('getGlb', { path })).body), events: [] }
    case 'lbVserver': return { configuration: withoutStatus((await call('getLbVserver', { path })).body), events: [] }
    case 'service': {
      if (group) return { configuration: withoutStatus((await call('getServiceGroup', { path })).body), events: [] }
      const [entity, health] = await Promise.all([
        call('getService', { path }),
        call('getServiceHealth', { path }).catch(() => undefined)
      ])
      return {
        configuration: withoutStatus(entity.body),
        events: (health?.body.changes ?? []).slice(0, MAX_EVENTS).map(({ time, to, lastedMs, reason }, index) => ({
          key: `${time} ${index}`,
          time,
          state: to,
          text: reason,
          lastedMs
        }))
      }
    }
  }
}

const withoutStatus = ({ status: _, ...configuration }: { readonly status?: unknown }): object => configuration
