import { readFileSync } from 'node:fs'

/** What a kind of object takes. */
export interface Kind { count: number, bytes: number }

interface Snapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: string[]
      readonly node_types: [string[]]
      readonly edge_fields: string[]
      readonly edge_types: [string[]]
    }
  }
  readonly nodes: number[]
  readonly edges: number[]
  readonly strings: string[]
}

/** Types of nodes whose name says what they are. */
const NAMED = new Set(['object', 'native', 'closure', 'regexp'])

/**
 * Returns the bytes of a heap snapshot by kind: the class of an object, or for what has none the field of the object
 * that it belongs to.
 */
export const kindsOf = (file: string): Map<string, Kind> => {
  const { snapshot: { meta }, nodes, edges, strings } = JSON.parse(readFileSync(file, 'utf8')) as Snapshot
  const [nodeWidth, edgeWidth] = [meta.node_fields.length, meta.edge_fields.length]
  const [type, name, size, edgeCount] = ['type', 'name', 'self_size', 'edge_count'].map(field =>
    meta.node_fields.indexOf(field)
  ) as [number, number, number, number]
  const [edgeType, edgeName, edgeTo] = ['type', 'name_or_index', 'to_node'].map(field =>
    meta.edge_fields.indexOf(field)
  ) as [number, number, number]
  const typeOf = (node: number): string => meta.node_types[0][nodes[node + type]!]!
  const nameOf = (node: number): string => strings[nodes[node + name]!]!
  /** The first node that refers to another, and by what. */
  const owners = new Map<number, readonly [owner: number, by: string]>()
  let edge = 0
  for (let node = 0; node < nodes.length; node += nodeWidth) {
    for (let i = 0; i < nodes[node + edgeCount]!; i++, edge += edgeWidth) {
      const kind = meta.edge_types[0][edges[edge + edgeType]!]!
      const to = edges[edge + edgeTo]!
      if (kind === 'weak' || kind === 'shortcut' || owners.has(to) || node === to) continue
      owners.set(to, [node, kind === 'element' || kind === 'hidden' ? '[]' : strings[edges[edge + edgeName]!]!])
    }
  }
  const label = (node: number, depth = 0): string => {
    if (NAMED.has(typeOf(node)) && nameOf(node) !== 'Object' && nameOf(node) !== 'Array' && nameOf(node) !== '')
      return typeOf(node) === 'closure' ? `${nameOf(node)}()` : nameOf(node)
    const [owner, by] = owners.get(node) ?? []
    if (owner === undefined || depth > 3) return `(${typeOf(node)})`
    return `${label(owner, depth + 1)}.${by}`
  }
  const kinds = new Map<string, Kind>()
  for (let node = 0; node < nodes.length; node += nodeWidth) {
    const bytes = nodes[node + size]!
    if (bytes === 0) continue
    const key = label(node)
    const kind = kinds.get(key) ?? { count: 0, bytes: 0 }
    kind.count++
    kind.bytes += bytes
    kinds.set(key, kind)
  }
  return kinds
}

/** What came between two snapshots, the most bytes first. */
export const growth = (
  before: ReadonlyMap<string, Kind>,
  after: ReadonlyMap<string, Kind>
): (Kind & { readonly name: string })[] =>
  [...after].map(([name, { count, bytes }]) => ({
    name,
    count: count - (before.get(name)?.count ?? 0),
    bytes: bytes - (before.get(name)?.bytes ?? 0)
  }))
    .filter(({ bytes }) => bytes !== 0)
    .sort((a, b) => b.bytes - a.bytes)
