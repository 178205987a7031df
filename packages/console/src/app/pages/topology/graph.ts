import type { Connection, Glb, LbVserver, Service, ServiceGroup, UserVserver } from '@weirlb/admin/client'

/** Kinds of nodes, from clients to servers. */
export const nodeKinds = ['userVserver', 'glb', 'lbVserver', 'service'] as const
/** Kind of a node; a service group is a node of services. */
export type NodeKind = typeof nodeKinds[number]

/** Something that clients pass through. */
export interface GraphNode {
  /** `lbVserver/brokers`. */
  readonly id: string
  readonly kind: NodeKind
  readonly name: string
  /** True for a service group. */
  readonly group: boolean
  readonly state: string
  readonly reason: string | undefined
  /** Address, protocol or method. */
  readonly note: string
  connections: number
}

/** A way from one to another. */
export interface GraphEdge {
  readonly from: string
  readonly to: string
  /** `otherwise`: only when the others cannot: a backup or a fallback. */
  readonly role: 'normal' | 'otherwise'
  connections: number
}

/** What leads where. */
export interface Graph { readonly nodes: ReadonlyMap<string, GraphNode>, readonly edges: readonly GraphEdge[] }

/** What a graph is made of. */
export interface GraphSource {
  readonly userVservers: readonly UserVserver[]
  readonly glbs: readonly Glb[]
  readonly lbVservers: readonly LbVserver[]
  readonly services: readonly Service[]
  readonly groups: readonly ServiceGroup[]
  readonly connections: readonly Pick<Connection, 'userVserver' | 'lbVserver' | 'service'>[]
}

/** Returns the graph of a configuration, with the open connections on the ways that they took. */
export const graphOf = ({ userVservers, glbs, lbVservers, services, groups, connections }: GraphSource): Graph => {
  const nodes = new Map<string, GraphNode>()
  const edges = new Map<string, GraphEdge>()
  const add = (
    kind: NodeKind,
    { name, status }: {
      readonly name: string
      readonly status?: { readonly value: string, readonly reason?: string | undefined } | undefined
    },
    note: string,
    group = false
  ): void => {
    nodes.set(`${kind}/${name}`, {
      id: `${kind}/${name}`,
      kind,
      name,
      group,
      state: status?.value ?? 'unknown',
      reason: status?.reason,
      note,
      connections: 0
    })
  }
  const lead = (from: string, to: string, role: GraphEdge['role'] = 'normal'): void => {
    const key = `${from}\n${to}`
    if (!edges.has(key) && nodes.has(from) && nodes.has(to)) edges.set(key, { from, to, role, connections: 0 })
  }

  for (const vserver of userVservers)
    add(
      'userVserver',
      vserver,
      `${vserver.status?.listening?.address ?? vserver.address}:${vserver.status?.listening?.port ?? vserver.port}`
    )
  for (const glb of glbs) add('glb', glb, glb.steering)
  for (const lb of lbVservers) add('lbVserver', lb, lb.method)
  for (const service of services)
    add(
      'service',
      service,
      'address' in service && service.address !== undefined ? `${service.address}:${service.port ?? ''}` : ''
    )
  for (const group of groups) add('service', group, 'service group', true)

  for (const { name, defaultLb, lbVservers: bound, glbs: listed, http } of userVservers) {
    const from = `userVserver/${name}`
    for (const glb of listed) lead(from, `glb/${glb}`)
    for (const lb of [defaultLb, ...bound, http?.defaultLb]) if (lb !== undefined) lead(from, `lbVserver/${lb}`)
  }
  for (const { name, pools, fallback } of glbs) {
    for (const pool of pools) lead(`glb/${name}`, `lbVserver/${pool.name}`)
    if (fallback !== undefined) lead(`glb/${name}`, `lbVserver/${fallback}`, 'otherwise')
  }
  for (const { name, services: bound, backup } of lbVservers) {
    for (const service of bound) lead(`lbVserver/${name}`, `service/${service.name}`)
    if (backup !== undefined) lead(`lbVserver/${name}`, `lbVserver/${backup}`, 'otherwise')
  }

  const count = new Counter(nodes, edges)
  for (const connection of connections) count.add(connection)
  return { nodes, edges: [...edges.values()] }
}

/** Puts connections on the ways that they took. */
class Counter {
  readonly #nodes: ReadonlyMap<string, GraphNode>
  readonly #edges: ReadonlyMap<string, GraphEdge>
  readonly #out = new Map<string, GraphEdge[]>()
  /** Ways from a user vserver to an LB vserver, by both. */
  readonly #ways = new Map<string, readonly GraphEdge[]>()

  constructor (nodes: ReadonlyMap<string, GraphNode>, edges: ReadonlyMap<string, GraphEdge>) {
    this.#nodes = nodes
    this.#edges = edges
    for (const edge of edges.values()) {
      const found = this.#out.get(edge.from)
      if (found === undefined) this.#out.set(edge.from, [edge])
      else found.push(edge)
    }
  }

  add ({ userVserver, lbVserver, service = '' }: GraphSource['connections'][number]): void {
    this.#enter(`userVserver/${userVserver}`)
    if (lbVserver === undefined) return
    for (const edge of this.#way(`userVserver/${userVserver}`, `lbVserver/${lbVserver}`)) {
      edge.connections++
      this.#enter(edge.to)
    }
    // Members of a group and of a name are parts of it; messages balanced one by one may have several.
    for (const name of new Set(service.split(', ').map(each => each.split('@', 1)[0]!))) {
      const edge = this.#edges.get(`lbVserver/${lbVserver}\nservice/${name}`)
      if (edge !== undefined) edge.connections++
      this.#enter(`service/${name}`)
    }
  }

  #enter (id: string): void {
    const node = this.#nodes.get(id)
    if (node !== undefined) node.connections++
  }

  /**
   * GLBs are asked before the default: a connection that could have come either way counts for the GLB. Backups come
   * last.
   */
  #way (from: string, to: string): readonly GraphEdge[] {
    const key = `${from}\n${to}`
    let way = this.#ways.get(key)
    if (way === undefined) this.#ways.set(key, way = this.#search(from, to))
    return way
  }

  #search (from: string, to: string): readonly GraphEdge[] {
    const found: (readonly GraphEdge[])[] = []
    const follow = (at: string, way: readonly GraphEdge[]): void => {
      if (at === to) {
        found.push(way)
        return
      }
      // Backups of backups, and no further.
      if (way.length > 4) return
      for (const edge of this.#out.get(at) ?? [])
        if (!edge.to.startsWith('service/') && !way.includes(edge)) follow(edge.to, [...way, edge])
    }
    follow(from, [])
    const rank = (way: readonly GraphEdge[]): number =>
      way.filter(({ role }) => role === 'otherwise').length * 10 - (way[0]!.to.startsWith('glb/') ? 1 : 0) +
      way.length / 100
    return found.filter(way => way.length > 0).sort((a, b) => rank(a) - rank(b))[0] ?? []
  }
}

/** Nodes of a kind that are drawn; those that need somebody, and the busiest, first. */
const MAX_OF_KIND = 60

/** A part of a graph that fits on a page. */
export interface Shown extends Graph {
  /** Nodes that are left out, by kind. */
  readonly hidden: Readonly<Partial<Record<NodeKind, number>>>
}

/**
 * Returns the nodes that lead to a node, that it leads to, and itself; all without a focus. Those whose number is too
 * large are cut.
 */
export const shownOf = (
  { nodes, edges }: Graph,
  focus: string | undefined,
  urgency: (state: string) => number
): Shown => {
  const meant = focus === undefined || !nodes.has(focus) ? new Set(nodes.keys()) : around(edges, focus)
  const kept = new Map<string, GraphNode>()
  const hidden: Partial<Record<NodeKind, number>> = {}
  for (const kind of nodeKinds) {
    const all = [...nodes.values()].filter(node => node.kind === kind && meant.has(node.id))
    const first = all.length <= MAX_OF_KIND
      ? all
      : all.toSorted((a, b) => urgency(a.state) - urgency(b.state) || b.connections - a.connections).slice(
        0,
        MAX_OF_KIND
      )
    for (const node of first) kept.set(node.id, node)
    if (first.length < all.length) hidden[kind] = all.length - first.length
  }
  return { nodes: kept, edges: edges.filter(({ from, to }) => kept.has(from) && kept.has(to)), hidden }
}

const around = (edges: readonly GraphEdge[], focus: string): Set<string> => {
  const walk = (next: (edge: GraphEdge) => readonly [string, string]): Set<string> => {
    const ways = Map.groupBy(edges.map(next), ([from]) => from)
    const seen = new Set([focus])
    // It grows while it is walked through.
    for (const at of seen) for (const [, to] of ways.get(at) ?? []) seen.add(to)
    return seen
  }
  return new Set([...walk(({ from, to }) => [from, to]), ...walk(({ from, to }) => [to, from])])
}
