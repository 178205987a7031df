import { z } from 'zod'
import { certkey } from './certkey.ts'
import { extension } from './extension.ts'
import { glb } from './glb.ts'
import { lbVserver } from './lb-vserver.ts'
import { monitorEntity } from './monitor.ts'
import { service } from './service.ts'
import { serviceGroup } from './service-group.ts'
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
  userVservers: { path: 'user-vservers', noun: 'user vserver', schema: userVserver }
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
  userVservers: z.array(userVserver).default([])
})
export type Config = z.infer<typeof config>
/** One entity of a collection. */
export type Entity<C extends CollectionName> = Config[C][number]

export const emptyConfig = (): Config => config.parse({})
