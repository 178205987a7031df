import { certkeySecrets, type CollectionName } from '@weirlb/model'

/** Component that shows an entity of a collection: `Service`. */
export type EntityComponent = 'Extension' | 'UserProtocol' | 'Certkey' | 'Monitor' | 'Service' | 'ServiceGroup' | 'LbVserver' | 'Glb' | 'UserVserver' | 'GeoDatabase' | 'List' | 'AccessRule' | 'Lockdown' | 'UserAgentRule' | 'Rule' | 'EdgeFunction' | 'Trigger' | 'RateLimit' | 'ManagedCheck'

/** The component of each collection. */
export const entityComponents = {
  extensions: 'Extension',
  userProtocols: 'UserProtocol',
  certkeys: 'Certkey',
  monitors: 'Monitor',
  services: 'Service',
  serviceGroups: 'ServiceGroup',
  lbVservers: 'LbVserver',
  glbs: 'Glb',
  userVservers: 'UserVserver',
  geoDatabases: 'GeoDatabase',
  lists: 'List',
  accessRules: 'AccessRule',
  lockdowns: 'Lockdown',
  userAgentRules: 'UserAgentRule',
  rules: 'Rule',
  edgeFunctions: 'EdgeFunction',
  triggers: 'Trigger',
  rateLimits: 'RateLimit',
  managedChecks: 'ManagedCheck'
} as const satisfies Record<CollectionName, EntityComponent>

/** Fields that an entity accepts but no response shows. */
export const secretFields: Readonly<Partial<Record<CollectionName, readonly (readonly string[])[]>>> = {
  certkeys: certkeySecrets
}

/** Field that responses with an entity have and writes ignore. */
export const statusField = 'status'
