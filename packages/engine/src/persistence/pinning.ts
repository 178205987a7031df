import { affinityTable, type Glb, type LbVserver } from '@weirlb/model'

/** A table of sessions: an LB vserver's, whose entries name services, or a GLB's, whose entries name pools. */
export type Pinning = Pick<LbVserver, 'name' | 'persistence'> & { readonly services: readonly { readonly name: string }[] }

/** The session tables that a configuration has, those that pin nothing among them. */
export const pinningOf = ({ lbVservers, glbs }: { readonly lbVservers: readonly LbVserver[], readonly glbs: readonly Glb[] }): readonly Pinning[] =>
  [...lbVservers, ...glbs.map(({ name, affinity, pools }) => ({ name: affinityTable(name), persistence: affinity, services: pools }))]
