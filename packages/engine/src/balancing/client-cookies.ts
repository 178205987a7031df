import {
  affinityOf,
  defaultPersistenceCookie,
  httpServices,
  typesOf,
  type Glb,
  type LbVserver,
  type Persistence,
  type UserVserver
} from '@weirlb/model'
import { affinityCookie, type AffinityCookie } from '@weirlb/link'

/**
 * Returns the cookies that WebSocket clients of a user vserver get with the response to their upgrade, before a message
 * chooses their service: those of every GLB and LB vserver that may be asked, each name once.
 */
export const clientCookies = (
  { defaultLb, lbVservers, glbs }: Pick<UserVserver, 'defaultLb' | 'lbVservers' | 'glbs'>,
  config: { readonly lbVservers: readonly LbVserver[], readonly glbs: readonly Glb[] }
): readonly AffinityCookie[] => {
  const lbs = new Map(config.lbVservers.map(lb => [lb.name, lb]))
  const cookies = new Map<string, AffinityCookie>()
  const add = (balancer: string, persistence: Persistence): void => {
    if (!typesOf(persistence).includes('cookie')) return
    const cookie = affinityCookie(balancer, persistence.cookie ?? defaultPersistenceCookie)
    cookies.set(cookie.name, cookie)
  }
  const waiting = [defaultLb, ...lbVservers]
  for (const glb of config.glbs) {
    if (!glbs.includes(glb.name) || glb.state !== 'enabled' || isForRequests(glb.pools, lbs)) continue
    add(affinityOf(glb.name), glb.affinity)
    waiting.push(...glb.pools.map(({ name }) => name), ...(glb.fallback === undefined ? [] : [glb.fallback]))
  }
  const seen = new Set<string>()
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const lb = lbs.get(name)
    if (lb === undefined || seen.has(name) || httpServices.has(lb.type)) continue
    seen.add(name)
    add(name, lb.persistence)
    if (lb.backup !== undefined) waiting.push(lb.backup)
  }
  return [...cookies.values()]
}

const isForRequests = (pools: readonly { readonly name: string }[], lbs: ReadonlyMap<string, LbVserver>): boolean =>
  httpServices.has(lbs.get(pools[0]!.name)!.type)
