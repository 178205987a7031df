import type { Glb, LbVserver } from '@weirlb/model'

/**
 * A service's counts in some processes: connections and requests; messages that it owes; those of both on links that
 * may not be idle; bytes in a second.
 */
export interface Counts {
  readonly clients: number
  readonly owed: number
  readonly outstanding: number
  readonly bandwidth: number
}

/** What nobody counts. */
export const noCounts: Counts = { clients: 0, owed: 0, outstanding: 0, bandwidth: 0 }

/** Methods that count nothing. */
const COUNTLESS = new Set(['round-robin', 'token', 'source-ip-hash'])

/** Names of the services whose counts methods, spillover or steering use. */
export const countedServices = (
  { glbs, lbVservers }: { readonly glbs: readonly Glb[], readonly lbVservers: readonly LbVserver[] }
): ReadonlySet<string> => {
  const pools = new Set(
    glbs.filter(({ steering }) => steering === 'least-connection').flatMap(glb => glb.pools.map(({ name }) => name))
  )
  const counting = lbVservers.filter(({ name, method, spillover }) =>
    !COUNTLESS.has(method) || spillover !== undefined || pools.has(name)
  )
  return new Set(counting.flatMap(({ services }) => services.map(({ name }) => name)))
}
