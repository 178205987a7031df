import type { OperationName } from '@weirlb/admin/client'
import { rowOf, type NamesOf } from '@weirlb/netscaler'
import { clientOf } from '../extension/rest.ts'

/** Names are asked for anew after this time, in milliseconds. */
const FRESH_MS = 3000

/** Returns the names of the entities of a running Weir, for completion; none while it does not answer. */
export const entityNames = (api: string): NamesOf => {
  const client = clientOf(api)
  const known = new Map<string, { readonly at: number, readonly names: readonly string[] }>()
  return async collection => {
    const there = known.get(collection)
    if (there !== undefined && performance.now() - there.at < FRESH_MS) return there.names
    try {
      const { body } = await client.call(`list${rowOf(collection).component}s` as OperationName as 'listServices')
      const names = body.items.map(({ name }) => name)
      known.set(collection, { at: performance.now(), names })
      return names
    } catch {
      return []
    }
  }
}
