import { pinningOf } from '@weirlb/engine'
import { tableParts, type Config, type PersistenceType } from '@weirlb/model'
import type { SessionQuery } from '../data-plane.ts'

/** Which sessions; every given field must match. `limit` is the maximum number of them. */
export interface SessionFilter {
  /** LB vserver; a GLB's affinity as `glb/` and its name. */
  readonly lbVserver?: string | undefined
  readonly type?: PersistenceType | undefined
  readonly key?: string | undefined
  readonly limit?: number | undefined
}

/** Returns queries of the session tables that a filter means. */
export const queriesOf = ({ lbVserver, type, key, limit }: SessionFilter, config: Config): readonly SessionQuery[] => {
  if (lbVserver === undefined && type === undefined) return [{ key, limit }]
  return pinningOf(config).map(({ name }) => name).filter(name => {
    const of = tableParts(name)
    return (lbVserver ?? of.balancer) === of.balancer && (type ?? of.type) === of.type
  }).map(lbVserver => ({ lbVserver, key, limit }))
}
