import { collections, type CollectionName, type Config, type Entity } from './config.ts'
import { listsIn } from './lists-in.ts'
import type { MonitorUse } from './monitor.ts'
import { listsAmong } from './source.ts'

/** One field that names an entity of another (or the same) collection. */
export interface Reference {
  readonly from: CollectionName
  readonly to: CollectionName
  /** The field may name an entity of this collection in its place. */
  readonly or?: CollectionName | undefined
  /** The names in the field with their place within the entity, as in `services[0].name`. */
  read (entity: Entity<CollectionName>): readonly (readonly [path: string, name: string])[]
}

const reference = <C extends CollectionName>(
  from: C,
  to: CollectionName,
  read: (entity: Entity<C>) => readonly (readonly [string, string])[],
  or?: CollectionName
): Reference => ({ from, to, or, read: read as Reference['read'] })

type Server = Entity<'services'> | Entity<'serviceGroups'>
const certkeysOf = (
  e: Server
): readonly (readonly [string, string])[] => [
  ...one('tls.ca', e.tls?.ca),
  ...one('tls.certificate', e.tls?.certificate)
]

const one = (path: string, name: string | undefined): readonly (readonly [string, string])[] =>
  name === undefined ? [] : [[path, name]]
const many = (path: string, names: readonly string[]): readonly (readonly [string, string])[] =>
  names.map((name, i) => [`${path}[${i}]`, name])

type Places = readonly (readonly [string, string])[]

/** What a monitor refers to; `path`: what precedes its fields. */
const ofMonitor = (
  path: string,
  monitor: MonitorUse
): Readonly<Record<'monitors' | 'extensions' | 'certkeys', Places>> => ({
  monitors: monitor.type === 'named' ? one(`${path}name`, monitor.name) : [],
  extensions: monitor.type === 'extension' ? one(`${path}extension`, monitor.extension) : [],
  certkeys: 'ca' in monitor ? one(`${path}ca`, monitor.ca) : []
})

const ofMonitors = (monitors: readonly MonitorUse[], to: 'monitors' | 'extensions' | 'certkeys'): Places =>
  monitors.flatMap((monitor, i) => ofMonitor(`monitors[${i}].`, monitor)[to])

const expressionLists = (path: string, expression: string | undefined): Places =>
  listsIn(expression ?? '').map(name => [path, name])

/** Every reference of the configuration: which field of which collection names an entity of which other. */
export const references: readonly Reference[] = [
  reference('userProtocols', 'extensions', e => one('extension', e.extension)),
  reference('certkeys', 'certkeys', e => one('acme.ca', e.acme?.ca)),
  reference('services', 'certkeys', certkeysOf),
  reference('monitors', 'extensions', e => ofMonitor('', e).extensions),
  reference('monitors', 'certkeys', e => ofMonitor('', e).certkeys),
  reference('services', 'monitors', e => ofMonitors(e.monitors, 'monitors')),
  reference('services', 'extensions', e => ofMonitors(e.monitors, 'extensions')),
  reference('services', 'certkeys', e => ofMonitors(e.monitors, 'certkeys')),
  reference('serviceGroups', 'certkeys', certkeysOf),
  reference('serviceGroups', 'monitors', e => ofMonitors(e.monitors, 'monitors')),
  reference('serviceGroups', 'extensions', e => ofMonitors(e.monitors, 'extensions')),
  reference('serviceGroups', 'certkeys', e => ofMonitors(e.monitors, 'certkeys')),
  reference('lbVservers', 'monitors', e => ofMonitors(e.monitors, 'monitors')),
  reference('lbVservers', 'extensions', e => ofMonitors(e.monitors, 'extensions')),
  reference('lbVservers', 'certkeys', e => ofMonitors(e.monitors, 'certkeys')),
  reference('lbVservers', 'services', e => e.services.map((b, i) => [`services[${i}].name`, b.name]), 'serviceGroups'),
  reference('lbVservers', 'lbVservers', e => one('backup', e.backup)),
  reference(
    'glbs',
    'lbVservers',
    e => [...e.pools.map(({ name }, i) => [`pools[${i}].name`, name] as const), ...one('fallback', e.fallback)]
  ),
  reference('userVservers', 'glbs', e => many('glbs', e.glbs)),
  reference('userVservers', 'userProtocols', e => [...one('protocol', e.protocol), ...many('protocols', e.protocols)]),
  reference('userVservers', 'lbVservers', e => one('defaultLb', e.defaultLb)),
  reference('userVservers', 'lbVservers', e => many('lbVservers', e.lbVservers)),
  reference('userVservers', 'lbVservers', e => one('http.defaultLb', e.http?.defaultLb)),
  reference('rules', 'userVservers', e => many('vservers', e.vservers)),
  reference('triggers', 'edgeFunctions', e => one('function', e.function)),
  reference('triggers', 'userVservers', e => many('vservers', e.vservers)),
  reference('rateLimits', 'userVservers', e => many('vservers', e.vservers)),
  // What a draft says is not checked.
  reference('rules', 'lists', e => e.state === 'draft' ? [] : expressionLists('expression', e.expression)),
  reference(
    'rateLimits',
    'lists',
    e =>
      e.state === 'draft'
        ? []
        : [...expressionLists('expression', e.expression), ...expressionLists('counting', e.counting)]
  ),
  reference('accessRules', 'userVservers', e => many('vservers', e.vservers)),
  reference('accessRules', 'lists', e => e.source.startsWith('$') ? one('source', e.source.slice(1)) : []),
  reference('lockdowns', 'userVservers', e => many('vservers', e.vservers)),
  reference('lockdowns', 'lists', e => listsAmong('sources', e.sources)),
  reference('userAgentRules', 'userVservers', e => many('vservers', e.vservers)),
  reference('managedChecks', 'userVservers', e => many('vservers', e.vservers)),
  reference(
    'userVservers',
    'certkeys',
    e => [
      ...many('certificates', e.certificates),
      ...many('tls.clientCa', e.tls.clientCa),
      ...many('tls.psk', e.tls.psk)
    ]
  )
]

/** A place in the configuration that names an entity. */
export interface Use {
  readonly collection: CollectionName
  /** The entity that holds the reference. */
  readonly name: string
  /** Place in the whole configuration: `lbVservers[0].services[1].name`. */
  readonly path: string
  readonly target: CollectionName
  /** The other collection that could have it. */
  readonly or: CollectionName | undefined
  readonly targetName: string
}

/** Every reference in a configuration, in its order. */
export function * uses (config: Config): Generator<Use> {
  for (const { from, to, or, read } of references) {
    const others = new Set(or === undefined ? [] : config[or].map(({ name }) => name))
    for (const [i, entity] of config[from].entries()) {
      for (const [path, targetName] of read(entity)) {
        yield {
          collection: from,
          name: entity.name,
          path: `${from}[${i}].${path}`,
          target: others.has(targetName) ? or! : to,
          or,
          targetName
        }
      }
    }
  }
}

/** Returns the entities that refer to an entity. */
export const usedBy = (config: Config, collection: CollectionName, name: string): Use[] =>
  [...uses(config)].filter(use => use.target === collection && use.targetName === name)

/** `LB vserver 'lb1'`. */
export const describeEntity = (collection: CollectionName, name: string): string =>
  `${collections[collection].noun} '${name}'`
