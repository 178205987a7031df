import { expect, test } from 'vitest'
import { graphOf, shownOf, type GraphSource } from './graph.ts'

/** A configuration as the API shows it, as far as the graph reads it. */
const source = (connections: GraphSource['connections'], services = ['s1', 's2']): GraphSource =>
  ({
    userVservers: [
      { name: 'v', protocol: 'P', address: '127.0.0.1', port: 1, defaultLb: 'lb', lbVservers: [], glbs: ['g'] },
      { name: 'w', protocol: 'P', address: '127.0.0.1', port: 2, defaultLb: 'lb', lbVservers: ['other'], glbs: [] }
    ],
    glbs: [{ name: 'g', steering: 'failover', pools: [{ name: 'eu' }, { name: 'lb' }], fallback: 'spare' }],
    lbVservers: [
      { name: 'lb', method: 'round-robin', services: services.map(name => ({ name })), backup: 'spare' },
      { name: 'eu', method: 'round-robin', services: [{ name: 's1' }] },
      { name: 'other', method: 'round-robin', services: [{ name: 'group' }] },
      { name: 'spare', method: 'round-robin', services: [{ name: 's2' }] }
    ],
    services: services.map(name => ({
      name,
      address: '127.0.0.1',
      port: 3,
      status: { value: name === 's2' ? 'down' : 'up' }
    })),
    groups: [{ name: 'group' }],
    connections
  }) as unknown as GraphSource

const counts = (connections: GraphSource['connections']): Record<string, number> =>
  Object.fromEntries(
    graphOf(source(connections)).edges.filter(({ connections }) => connections > 0).map((
      { from, to, connections }
    ) => [`${from} → ${to}`, connections])
  )

test.each([
  ['the default', { userVserver: 'w', lbVserver: 'lb', service: 's1' }, ['userVserver/w → lbVserver/lb', 'lbVserver/lb → service/s1']],
  ['a GLB\'s pool', { userVserver: 'v', lbVserver: 'eu', service: 's1' }, ['userVserver/v → glb/g', 'glb/g → lbVserver/eu', 'lbVserver/eu → service/s1']],
  ['a pool that is the default, too', { userVserver: 'v', lbVserver: 'lb', service: 's2' }, ['userVserver/v → glb/g', 'glb/g → lbVserver/lb', 'lbVserver/lb → service/s2']],
  ['a backup', { userVserver: 'w', lbVserver: 'spare', service: 's2' }, ['userVserver/w → lbVserver/lb', 'lbVserver/lb → lbVserver/spare', 'lbVserver/spare → service/s2']],
  ['a member of a group', { userVserver: 'w', lbVserver: 'other', service: 'group@127.0.0.1:9' }, ['userVserver/w → lbVserver/other', 'lbVserver/other → service/group']],
  ['several services', { userVserver: 'w', lbVserver: 'lb', service: 's1, s2' }, ['userVserver/w → lbVserver/lb', 'lbVserver/lb → service/s1', 'lbVserver/lb → service/s2']],
  ['nothing yet', { userVserver: 'w' }, []]
] as const)('a connection is counted on its way to %s', (_what, connection, way) => {
  expect(Object.keys(counts([connection])).sort()).toEqual([...way].sort())
})

test('nodes count the connections that pass them', () => {
  const { nodes } = graphOf(
    source([
      { userVserver: 'w', lbVserver: 'lb', service: 's1' },
      { userVserver: 'w', lbVserver: 'lb', service: 's2' },
      { userVserver: 'w' }
    ])
  )
  expect(['userVserver/w', 'lbVserver/lb', 'service/s1', 'userVserver/v'].map(id => nodes.get(id)!.connections))
    .toEqual([3, 2, 1, 0])
})

test('a focus leaves what leads to a node, and where it leads', () => {
  const shown = shownOf(graphOf(source([])), 'lbVserver/eu', () => 0)
  expect([...shown.nodes.keys()].sort()).toEqual(['glb/g', 'lbVserver/eu', 'service/s1', 'userVserver/v'])
  expect(shownOf(graphOf(source([])), 'lbVserver/gone', () => 0).nodes.size).toBe(10)
})

test('of 10,000 services those that are not up are drawn, then the busiest', () => {
  const names = ['s1', 's2', ...Array.from({ length: 10_000 }, (_, i) => `n${i}`)]
  const graph = graphOf(source([{ userVserver: 'w', lbVserver: 'lb', service: 'n77' }], names))
  const shown = shownOf(graph, undefined, state => state === 'down' ? 0 : 1)
  const drawn = [...shown.nodes.values()].filter(({ kind }) => kind === 'service').map(({ name }) => name)
  expect(drawn.slice(0, 2)).toEqual(['s2', 'n77'])
  expect(shown.hidden).toEqual({ service: 10_003 - 60 })
})
