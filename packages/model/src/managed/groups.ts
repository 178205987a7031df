import type { ManagedGroup, ManagedRule } from './group.ts'
import { mqttCore } from './mqtt-core.ts'
import { owaspCrs } from './owasp-crs.ts'
import { tlsChecks } from './tls-checks.ts'
import { wsUpgrade } from './ws-upgrade.ts'

/** Every group of managed checks, by its name. */
export const managedGroups = {
  'mqtt-core': mqttCore,
  'ws-upgrade': wsUpgrade,
  tls: tlsChecks,
  'owasp-crs': owaspCrs
} as const satisfies Readonly<Record<string, ManagedGroup>>

export type ManagedGroupName = keyof typeof managedGroups
export const managedGroupNames = Object.keys(managedGroups) as [ManagedGroupName, ...ManagedGroupName[]]

/** Returns a check of a group; undefined: it has none of this identifier. */
export const managedRuleOf = (group: ManagedGroupName, id: string): ManagedRule | undefined =>
  managedGroups[group].rules.find(rule => rule.id === id)
