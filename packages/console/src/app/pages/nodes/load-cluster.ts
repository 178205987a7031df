import type { Health } from '@weirlb/admin/client'
import { call } from '../../api/api.ts'
import type { NodeCard } from './node-watch.ts'

/** The cluster that a Weir is a node of. */
export interface ClusterData {
  readonly status: NonNullable<Health['cluster']>
  /** Undefined: the store does not answer, and has them. */
  readonly nodes: readonly NodeCard[] | undefined
  /** Why there are none. */
  readonly error: unknown
}

/** Ask the API for the cluster of a health. Resolves to undefined where there is none. */
export const clusterOf = async ({ cluster }: Pick<Health, 'cluster'>): Promise<ClusterData | undefined> => {
  if (cluster === undefined) return undefined
  try {
    return { status: cluster, nodes: (await call('listNodes')).body.items, error: undefined }
  } catch (error) {
    return { status: cluster, nodes: undefined, error }
  }
}
