import { z } from 'zod'
import { accessRule } from './access-rule.ts'
import { certkey } from './certkey.ts'
import { edgeFunction } from './edge-function.ts'
import { extension } from './extension.ts'
import { geoDatabase } from './geo-database.ts'
import { glb } from './glb.ts'
import { lbVserver } from './lb-vserver.ts'
import { list } from './list.ts'
import { lockdown } from './lockdown.ts'
import { managedCheck } from './managed/managed-check.ts'
import { monitorEntity } from './monitor.ts'
import { rateLimit } from './rate-limit.ts'
import { rule } from './rule.ts'
import { service } from './service.ts'
import { serviceGroup } from './service-group.ts'
import { trigger } from './trigger.ts'
import { userAgentRule } from './user-agent-rule.ts'
import { userProtocol } from './user-protocol.ts'
import { userVserver } from './user-vserver.ts'

/**
 * Every collection of the configuration: its schema and its names. The order is the order of creation: later ones
 * refer to earlier ones.
 */
export const collections = {
  extensions: { path: 'extensions', noun: 'extension', schema: extension },
  userProtocols: { path: 'user-protocols', noun: 'user protocol', schema: userProtocol },
  certkeys: { path: 'certkeys', noun: 'certkey', schema: certkey },
  monitors: { path: 'monitors', noun: 'monitor', schema: monitorEntity },
  services: { path: 'services', noun: 'service', schema: service },
  serviceGroups: { path: 'service-groups', noun: 'service group', schema: serviceGroup },
  lbVservers: { path: 'lb-vservers', noun: 'LB vserver', schema: lbVserver },
  glbs: { path: 'glbs', noun: 'GLB', schema: glb },
  userVservers: { path: 'user-vservers', noun: 'user vserver', schema: userVserver },
  geoDatabases: { path: 'geo-databases', noun: 'geo database', schema: geoDatabase },
  lists: { path: 'lists', noun: 'list', schema: list },
  accessRules: { path: 'access-rules', noun: 'access rule', schema: accessRule },
  lockdowns: { path: 'lockdowns', noun: 'lockdown', schema: lockdown },
  userAgentRules: { path: 'user-agent-rules', noun: 'user agent rule', schema: userAgentRule },
  rules: { path: 'rules', noun: 'rule', schema: rule },
  edgeFunctions: { path: 'edge-functions', noun: 'edge function', schema: edgeFunction },
  triggers: { path: 'triggers', noun: 'trigger', schema: trigger },
  rateLimits: { path: 'rate-limits', noun: 'rate limit', schema: rateLimit },
  managedChecks: { path: 'managed-checks', noun: 'managed check', schema: managedCheck }
} as const

export type CollectionName = keyof typeof collections
export const collectionNames = Object.keys(collections) as CollectionName[]

/** The whole configuration: one document, one list per collection. */
export const config = z.strictObject({
  extensions: z.array(extension).default([]),
  userProtocols: z.array(userProtocol).default([]),
  certkeys: z.array(certkey).default([]),
  monitors: z.array(monitorEntity).default([]),
  services: z.array(service).default([]),
  serviceGroups: z.array(serviceGroup).default([]),
  lbVservers: z.array(lbVserver).default([]),
  glbs: z.array(glb).default([]),
  userVservers: z.array(userVserver).default([]),
  geoDatabases: z.array(geoDatabase).default([]),
  lists: z.array(list).default([]),
  accessRules: z.array(accessRule).default([]),
  lockdowns: z.array(lockdown).default([]),
  userAgentRules: z.array(userAgentRule).default([]),
  rules: z.array(rule).default([]),
  edgeFunctions: z.array(edgeFunction).default([]),
  triggers: z.array(trigger).default([]),
  rateLimits: z.array(rateLimit).default([]),
  managedChecks: z.array(managedCheck).default([])
})
export type Config = z.infer<typeof config>
/** One entity of a collection. */
export type Entity<C extends CollectionName> = Config[C][number]

export const emptyConfig = (): Config => config.parse({})
