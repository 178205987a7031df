import type { Glb, LbVserver } from '@weirlb/model'

/** Names of the services whose time to pass a probe GLBs or methods use. */
export const timedServices = (
  { glbs, lbVservers }: { readonly glbs: readonly Glb[], readonly lbVservers: readonly LbVserver[] }
): ReadonlySet<string> => {
  const pools = new Set(
    glbs.filter(({ steering }) => steering === 'latency').flatMap(glb => glb.pools.map(({ name }) => name))
  )
  return new Set(
    lbVservers.filter(({ name, method }) => pools.has(name) || method === 'least-response-time').flatMap((
      { services }
    ) => services.map(({ name }) => name))
  )
}
