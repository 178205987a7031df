import { whatStays, type EngineStats } from '@weirlb/engine'
import { type ManagedCheck, managedRuleNames, recordFrom } from '@weirlb/model'

/** Returns a worker's connections at its last report, by user vserver; those with none are omitted. */
export const openConnections = (
  stats: EngineStats
): readonly { readonly userVserver: string, readonly connections: number }[] =>
  Object.entries(stats.userVservers).flatMap(([userVserver, { connections }]) =>
    connections > 0 ? [{ userVserver, connections }] : []
  )

/**
 * Returns the lasting statistics of a dead worker, with its connections among the ended ones; after an orderly end it
 * had none.
 */
export const remainsOf = (stats: EngineStats): EngineStats => {
  const remains = whatStays(stats)
  for (const { userVserver, connections } of openConnections(stats)) {
    const { closed } = remains.userVservers[userVserver]!
    closed['worker-lost'] = (closed['worker-lost'] ?? 0) + connections
  }
  return remains
}

/** Kinds of controls that are entities. */
const entityKinds = { rule: 'rules', 'rate-limit': 'rateLimits', 'edge-function': 'edgeFunctions' } as const

/** Entities by collection, as a configuration has them. */
type Entities = Readonly<Record<Exclude<keyof EngineStats, 'workers' | 'controls'>, readonly { readonly name: string }[]>> & { readonly managedChecks: readonly ManagedCheck[] }

/** Only what is about entities that exist, and about workers: a worker that is gone may have counted for others. */
export const statsOf = (stats: EngineStats, existing: Entities): EngineStats => {
  const managed = new Set(existing.managedChecks.flatMap(managedRuleNames))
  const keep = <T>(
    kind: Exclude<keyof EngineStats, 'workers' | 'controls'>,
    part: Record<string, T>
  ): Record<string, T> => {
    const names = new Set([...existing[kind].map(entity => entity.name), ...kind === 'rules' ? managed : []])
    return recordFrom(Object.entries(part).filter(([name]) => names.has(name)))
  }
  const isThere = (control: string): boolean => {
    const slash = control.indexOf('/')
    if (control.startsWith('managed-check/')) return managed.has(control.slice(slash + 1))
    const collection = (entityKinds as Readonly<Record<string, keyof Entities>>)[control.slice(0, slash)]
    return collection === undefined || existing[collection].some(({ name }) => name === control.slice(slash + 1))
  }
  return {
    userVservers: keep('userVservers', stats.userVservers),
    lbVservers: keep('lbVservers', stats.lbVservers),
    glbs: keep('glbs', stats.glbs),
    services: keep('services', stats.services),
    rules: keep('rules', stats.rules),
    edgeFunctions: keep('edgeFunctions', stats.edgeFunctions),
    triggers: keep('triggers', stats.triggers),
    controls: recordFrom(Object.entries(stats.controls).filter(([name]) => isThere(name))),
    rateLimits: keep('rateLimits', stats.rateLimits),
    extensions: keep('extensions', stats.extensions),
    workers: stats.workers
  }
}
