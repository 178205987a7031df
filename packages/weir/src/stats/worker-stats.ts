import type { EngineStats } from '@weirlb/engine'
import { recordFrom } from '@weirlb/model'

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
