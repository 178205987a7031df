import type { CollectionName } from '@weirlb/model'
import type { Collection, Collections } from '../api/collections.ts'
import type { Bundler } from '../config/bundler.ts'
import type { DataPlane } from '../data-plane.ts'
import type { Prober } from '../prober.ts'
import type { RunningJobs } from '../jobs/jobs.ts'
import { CertkeyCollection } from './certkey-collection.ts'
import { EntityCollection, type Ground } from './entity-collection.ts'
import { EdgeFunctionCollection } from './edge-function-collection.ts'
import { ExtensionCollection } from './extension-collection.ts'
import { LbVserverCollection } from './lb-vserver-collection.ts'
import { ListCollection } from './list-collection.ts'
import { RateLimitCollection } from './rate-limit-collection.ts'
import { RuleCollection } from './rule-collection.ts'
import { ServiceCollection } from './service-collection.ts'
import { SwitchableCollection } from './switchable-collection.ts'
import { ServiceGroupCollection } from './service-group-collection.ts'
import { TriggerCollection } from './trigger-collection.ts'
import { UserVserverCollection } from './user-vserver-collection.ts'

/** Further parts that some collections need. */
export interface CollectionParts extends Ground {
  readonly bundler: Bundler
  readonly plane: DataPlane
  readonly health: Prober
  readonly jobs: RunningJobs
  /** Begins the order of a certkey. */
  readonly orderNow: (certkey: string) => void
}

/** Every collection of the running configuration. */
export const makeCollections = (
  { bundler, plane, health, jobs, orderNow, ...ground }: CollectionParts
): Collections => ({
  extensions: new ExtensionCollection(bundler, plane, ground),
  userProtocols: new EntityCollection('userProtocols', ground),
  certkeys: new CertkeyCollection(orderNow, ground),
  monitors: new EntityCollection('monitors', ground),
  services: new ServiceCollection(health, jobs, ground),
  serviceGroups: new ServiceGroupCollection('serviceGroups', ground),
  lbVservers: new LbVserverCollection(jobs, ground),
  glbs: new SwitchableCollection('glbs', ground),
  userVservers: new UserVserverCollection(plane, ground),
  geoDatabases: new EntityCollection('geoDatabases', ground),
  lists: new ListCollection(ground),
  accessRules: new SwitchableCollection('accessRules', ground),
  lockdowns: new SwitchableCollection('lockdowns', ground),
  userAgentRules: new SwitchableCollection('userAgentRules', ground),
  rules: new RuleCollection(ground),
  edgeFunctions: new EdgeFunctionCollection(bundler, plane, ground),
  triggers: new TriggerCollection(ground),
  rateLimits: new RateLimitCollection(plane, ground),
  managedChecks: new SwitchableCollection('managedChecks', ground)
})

/** The collection of a name. */
export const collectionOf = <C extends CollectionName>(collections: Collections, name: C): Collection<C> =>
  (collections as { readonly [N in CollectionName]: Collection<N> })[name]
