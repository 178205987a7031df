import { affinityOf, type Glb, type LbVserver, type Persistence, sessionTable, typesOf } from '@weirlb/model'
import { storesEntries } from './stores-entries.ts'

/** A table of sessions: an LB vserver's, whose entries name services, or a GLB's, whose entries name pools. */
export interface Pinning {
  /** Of the table. */
  readonly name: string
  readonly persistence: Pick<Persistence, 'timeoutSeconds' | 'maxEntries'>
  readonly services: readonly { readonly name: string }[]
}

/** Returns the session tables that a configuration has. */
export const pinningOf = (
  { lbVservers, glbs }: { readonly lbVservers: readonly LbVserver[], readonly glbs: readonly Glb[] }
): readonly Pinning[] => {
  const types = new Map(lbVservers.map(({ name, type }) => [name, type]))
  return [
    ...lbVservers.map(({ name, type, persistence, services }) => ({
      balancer: name,
      lbType: type,
      persistence,
      services
    })),
    ...glbs.map(({ name, affinity, pools }) => ({
      balancer: affinityOf(name),
      lbType: types.get(pools[0]!.name)!,
      persistence: affinity,
      services: pools
    }))
  ].flatMap(({ balancer, lbType, persistence, services }) =>
    typesOf(persistence).filter(type => storesEntries(type, lbType)).map(type => ({
      name: sessionTable(balancer, type),
      persistence,
      services
    }))
  )
}
