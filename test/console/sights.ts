import { connect } from 'node:net'
import { generate } from 'mqtt-packet'
import { until } from '@weirlb/testing'
import type { ConsoleFarm } from '../support/console-farm.ts'

/**
 * Names of what the console shows. Those of entities are ASCII, and have at most 127 characters; clients choose theirs.
 */
export interface SightNames {
  readonly userVserver: string
  readonly lbVserver: string
  readonly glb: string
  readonly service: string
  readonly down: string
  readonly rule: string
  readonly monitor: string
  /** A key of a session, which a client chooses. */
  readonly key: string
  readonly clientId: string
  readonly comment: string
}

/** Names as operators give them. */
export const plainNames: SightNames = {
  userVserver: 'mqtt',
  lbVserver: 'brokers',
  glb: 'by-tenant',
  service: 'broker-1',
  down: 'broker-2',
  rule: 'note-sensors',
  monitor: 'ping',
  key: 'sensor-17',
  clientId: 'pump-4',
  comment: 'In the rack beside the door; is replaced in spring.'
}

const long = (name: string): string => `${name}-${'with.a.very-long_name:'.repeat(6)}`.slice(0, 127)
/** שלום, in 200 characters, with brackets and digits in between, and no Latin letter. */
const rightToLeft = `שלום (12) 34! ${'עולם-'.repeat(60)}`.slice(0, 200)

/** The longest names that there can be, and texts from right to left. */
export const hardNames: SightNames = {
  userVserver: long('mqtt'),
  lbVserver: long('brokers'),
  glb: long('by-tenant'),
  service: long('broker-1'),
  down: long('broker-2'),
  rule: long('note'),
  monitor: long('ping'),
  // A longer one is kept as its hash.
  key: rightToLeft.replaceAll(' ', '_').slice(0, 100),
  clientId: `${'ן'.repeat(20)}${'W'.repeat(100)}`,
  comment: rightToLeft
}

/** Where the places of the console are that have no fixed address. */
export interface Places {
  readonly names: SightNames
  readonly connection: string
  readonly revision: number
  readonly event: string
}

/**
 * Configure a farm so that every page of the console has something to show, with clients, decisions, a job and a node
 * that is down.
 */
export const fill = async (farm: ConsoleFarm, names: SightNames): Promise<Places> => {
  const { api } = farm.weir
  const { userVserver, lbVserver, glb, service, down, rule, monitor, key, clientId, comment } = names
  await api.call('createExtension', { body: { name: 'mqtt', builtin: 'mqtt' } })
  await api.call('createUserProtocol', { body: { name: 'MQTT', transport: 'tcp', extension: 'mqtt' } })
  await api.call('createMonitor', {
    body: { name: monitor, type: 'tcp', intervalSeconds: 1, timeoutSeconds: 1, comment }
  })
  await api.call('createService', { body: { name: service, address: '127.0.0.1', port: farm.serverPort, comment } })
  // Nobody listens there.
  await api.call('createService', {
    body: { name: down, address: '127.0.0.1', port: 1, monitors: [{ type: 'named', name: monitor }], comment }
  })
  await api.call('createLbVserver', {
    body: {
      name: lbVserver,
      services: [{ name: service }, { name: down }],
      persistence: { type: 'user-session' },
      backup: 'lb',
      comment
    }
  })
  await api.call('createGlb', {
    body: { name: glb, match: { field: { name: 'who', values: [key] } }, pools: [{ name: lbVserver }] }
  })
  await api.call('createUserVserver', {
    body: {
      name: userVserver,
      protocol: 'LINES',
      address: '127.0.0.1',
      port: 0,
      defaultLb: 'lb',
      glbs: [glb],
      floods: { mode: 'on' },
      comment
    }
  })
  await api.call('createUserVserver', {
    body: { name: 'devices', protocol: 'MQTT', address: '127.0.0.1', port: 0, defaultLb: lbVserver }
  })
  await api.call('createRule', {
    body: { name: rule, expression: `who contains ${JSON.stringify(key.slice(0, 6))}`, action: 'log', comment }
  })
  await api.call('createRule', {
    body: {
      name: `${rule.slice(0, 120)}-block`,
      expression: `mqtt.connect.client_id contains ${JSON.stringify(clientId.slice(0, 6))}`,
      action: 'block',
      comment
    }
  })
  await fillProtections(farm, names)
  await farm.client(`hello ${key}`, userVserver)
  for (let n = 0; n < 5; n++) await farm.client(`hello client-${n}`)
  await farm.client('reject it')
  const socket = connect(await api.port('devices'), '127.0.0.1').on('error', () => {})
  socket.end(generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clientId, clean: true, keepalive: 60 }))
  socket.resume()
  await api.call('drainService', { path: { name: 's2' } })
  await api.call('patchService', { path: { name: service }, body: { maxClients: 1000 } })
  const decided = ({ kind, name }: { readonly kind: string, readonly name: string }): boolean => kind === 'rule' && name === rule
  const { items } = await until(async () => {
    const { body } = await api.call('listSecurityEvents', { query: {} })
    return body.items.some(decided) && body.items.length > 1 && body
  }, 'the decisions of the rules')
  await until(async () => await api.status(`services/${down}`) === 'down', 'a service that is down')
  const { body: { items: connections } } = await api.call('listConnections', { query: { userVserver } })
  return {
    names,
    connection: connections[0]!.id,
    revision: (await api.call('getHealth')).body.revision,
    event: items.find(decided)!.id
  }
}

/** Characters that the name of a managed check may have. */
const CHECK_NAME = 120

/** Access rules, a list, a ban, a rate limit, managed checks, and an edge function with triggers. */
const fillProtections = async (farm: ConsoleFarm, { rule, comment }: SightNames): Promise<void> => {
  const { api } = farm.weir
  await api.call('createList', {
    body: { name: 'partners', type: 'ip', items: ['192.0.2.1', '198.51.100.0/24'], comment }
  })
  await api.call('createAccessRule', { body: { name: rule, source: '192.0.2.0/24', action: 'allow', comment } })
  await api.call('createAccessRule', {
    body: { name: 'scanners', source: '2001:db8:85a3:8d3:1319:8a2e:370:0/112', action: 'block', expiresAt: '2090-01-31T12:00:00Z' }
  })
  await api.call('setBan', { body: { address: '2001:db8:85a3:8d3:1319:8a2e:370:7348', seconds: 86_400, comment } })
  await api.call('createRateLimit', {
    body: {
      name: rule,
      counts: 'connections',
      by: ['ip.src'],
      limit: 1,
      periodSeconds: 600,
      action: 'block',
      state: 'simulated',
      comment
    }
  })
  await api.call('createManagedCheck', { body: { name: rule.slice(0, CHECK_NAME), group: 'mqtt-core', mode: 'simulate', comment } })
  await api.call('createManagedCheck', { body: { name: 'web', group: 'owasp-crs', mode: 'simulate' } })
  await api.call('createService', {
    body: { name: 'web', type: 'HTTP', address: '127.0.0.1', port: farm.serverPort, monitors: [] }
  })
  await api.call('createLbVserver', { body: { name: 'web', type: 'HTTP', services: [{ name: 'web' }] } })
  await api.call('createUserProtocol', { body: { name: 'WEB', transport: 'http' } })
  await api.call('createUserVserver', {
    body: { name: 'web', protocol: 'WEB', address: '127.0.0.1', port: 0, defaultLb: 'web' }
  })
  await api.call('createEdgeFunction', { body: { name: rule, source: edgeSource, comment } })
  await api.call('createTrigger', { body: { name: rule, pattern: `*.example.com/${rule}/*`, function: rule, comment } })
  await api.call('createTrigger', { body: { name: 'rest', pattern: '*/*', function: rule } })
  const port = await api.port('web')
  for (let n = 0; n < 3; n++) await (await fetch(`http://127.0.0.1:${port}/${n}`)).arrayBuffer()
}

/** A page of the console, or a part of one. */
export interface Sight {
  readonly name: string
  at (places: Places): string
  /** What is there when it has loaded, as a selector. */
  readonly ready: string
}

/** An edge function that decides on requests by itself. */
const edgeSource = `import { edgeFunction, respond } from '@weirlb/sdk'

export default edgeFunction({
  onRequest ({ headers }) {
    return headers.get('origin') === 'https://app.example.com' ? undefined : respond(403)
  }
})
`

const table = (label: string): string => `section[aria-label="${label}"] tbody tr`
const path = (...parts: readonly string[]): string => `/${parts.map(encodeURIComponent).join('/')}`

/**
 * All that can be looked at. A new page has a row here: it is then looked at in light and dark, wide and narrow, with
 * long names.
 */
export const sights: readonly Sight[] = [
  { name: 'overview', at: () => '/overview', ready: table('Pools and services') },
  { name: 'topology', at: () => '/topology', ready: '[data-node^="service/"]' },
  {
    name: 'topology-node',
    at: ({ names }) => path('topology', 'service', names.service),
    ready: 'section[aria-label="Node"] pre'
  },
  { name: 'connections', at: () => '/connections', ready: table('Connections') },
  {
    name: 'connection',
    at: ({ connection }) => path('connections', connection),
    ready: 'section[aria-label="Connection"] dd'
  },
  { name: 'sessions', at: () => '/sessions', ready: table('Sessions') },
  { name: 'nodes', at: () => '/nodes', ready: 'main .empty, section[aria-label="Nodes"] tbody tr' },
  { name: 'extensions', at: () => '/extensions', ready: 'main tbody tr' },
  { name: 'new-extension', at: () => '/extensions?new=1', ready: 'section[aria-label="Declaration"]' },
  { name: 'source', at: () => '/extensions/lines', ready: 'section[aria-label="Declaration"] dd' },
  { name: 'versions', at: () => '/extensions/lines/versions', ready: 'main tbody tr' },
  { name: 'explain', at: () => '/extensions/lines/explain', ready: 'main textarea' },
  { name: 'trace', at: () => '/extensions/lines/trace', ready: 'main form, main .empty' },
  { name: 'configuration', at: () => '/configuration/services', ready: table('Services') },
  { name: 'form', at: ({ names }) => path('configuration', 'services', names.service), ready: 'main .field' },
  {
    name: 'rule-form',
    at: ({ names }) => path('configuration', 'rules', names.rule),
    ready: 'section[aria-label="Expression"]'
  },
  { name: 'revisions', at: () => '/revisions', ready: table('Revisions') },
  { name: 'revision', at: ({ revision }) => path('revisions', String(revision)), ready: 'main table.diff' },
  { name: 'rules', at: () => '/rules', ready: 'table.rule-list tbody tr' },
  { name: 'access', at: () => '/access', ready: 'table[aria-label^="Access rules"] tbody tr' },
  { name: 'access-rule', at: ({ names }) => path('access', names.rule), ready: 'section[aria-label="Access rule"] dd' },
  {
    name: 'rate-limits',
    at: ({ names }) => path('rate-limits', names.rule),
    ready: 'section[aria-label="Rate limit"] tbody tr'
  },
  { name: 'managed-checks', at: () => '/managed-checks', ready: 'section[aria-label="Managed check web"] tbody tr' },
  { name: 'managed-check', at: ({ names }) => path('managed-checks', names.rule.slice(0, CHECK_NAME), 'M002'), ready: 'section[aria-label="Check"] dd' },
  { name: 'functions', at: () => '/functions', ready: 'table[aria-label^="Triggers"] tbody tr' },
  { name: 'function', at: ({ names }) => path('functions', names.rule), ready: 'section[aria-label="Form"] p' },
  { name: 'function-counts', at: ({ names }) => path('functions', names.rule, 'counts'), ready: 'dl[aria-label="Counts"] dd' },
  { name: 'function-test', at: ({ names }) => path('functions', names.rule, 'test'), ready: 'main textarea' },
  { name: 'security', at: () => '/security', ready: table('Security events') },
  { name: 'decision', at: ({ event }) => path('security', event), ready: 'section[aria-label="Decision"] dd' }
]
