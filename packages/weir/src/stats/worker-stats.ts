import { whatStays, type EngineStats } from '@weirlb/engine'
import { recordFrom } from '@weirlb/model'

/** Connections that a worker had when it was last asked, by user vserver; those with none are left out. */
export const openConnections = (stats: EngineStats): readonly { readonly userVserver: string, readonly connections: number }[] =>
  Object.entries(stats.userVservers).flatMap(([userVserver, { connections }]) => connections > 0 ? [{ userVserver, connections }] : [])

/** What remains of the statistics of a worker that is gone, its connections among those that ended: after an orderly end it had none. */
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
    services: keep('services', stats.services),
    extensions: keep('extensions', stats.extensions)
  }
}
