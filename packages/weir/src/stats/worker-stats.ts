import { whatStays, type EngineStats } from '@weirlb/engine'
import { recordFrom } from '@weirlb/model'

/** Returns a worker's connections at its last report, by user vserver; those with none are omitted. */
export const openConnections = (stats: EngineStats): readonly { readonly userVserver: string, readonly connections: number }[] =>
  Object.entries(stats.userVservers).flatMap(([userVserver, { connections }]) => connections > 0 ? [{ userVserver, connections }] : [])

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

/** Entities by collection, as a configuration has them. */
type Entities = Readonly<Record<keyof EngineStats, readonly { readonly name: string }[]>>

/** Only what is about entities that exist: a worker that is gone may have counted for others. */
export const statsOf = (stats: EngineStats, existing: Entities): EngineStats => {
  const keep = <T>(kind: keyof EngineStats, part: Record<string, T>): Record<string, T> => {
    const names = new Set(existing[kind].map(entity => entity.name))
    return recordFrom(Object.entries(part).filter(([name]) => names.has(name)))
  }
  return {
    userVservers: keep('userVservers', stats.userVservers),
    lbVservers: keep('lbVservers', stats.lbVservers),
    glbs: keep('glbs', stats.glbs),
    services: keep('services', stats.services),
    extensions: keep('extensions', stats.extensions)
  }
}
