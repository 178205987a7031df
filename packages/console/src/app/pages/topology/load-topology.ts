import { call } from '../../api/api.ts'
import { graphOf, type Graph } from './graph.ts'

/** The most that the API lists. */
const LIMIT = 10_000

/** A graph, and whether all connections are on it. */
export interface Topology { readonly graph: Graph, readonly counted: number, readonly truncated: boolean }

/** Ask the API for what leads where, and for the connections on it. */
export const loadTopology = async (): Promise<Topology> => {
  const [userVservers, glbs, lbVservers, services, groups, connections] = await Promise.all([
    call('listUserVservers'),
    call('listGlbs'),
    call('listLbVservers'),
    call('listServices'),
    call('listServiceGroups'),
    call('listConnections', { query: { limit: LIMIT } })
  ])
  const { items, truncated } = connections.body
  return {
    graph: graphOf({
      userVservers: userVservers.body.items,
      glbs: glbs.body.items,
      lbVservers: lbVservers.body.items,
      services: services.body.items,
      groups: groups.body.items,
      connections: items
    }),
    counted: items.length,
    truncated
  }
}
