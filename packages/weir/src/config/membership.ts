// The servers that a configuration stands for: its services, and the members of names and service groups.
import {
  canonicalHost,
  equal,
  hasMembers,
  ipFamily,
  MAX_MEMBERS,
  memberName,
  type Binding,
  type Config,
  type Entity,
  type LbVserver,
  type Member,
  type ResolvedService,
  type Service,
  type ServiceState
} from '@weirlb/model'

/** One address that a host name has now. */
export interface NamedAddress {
  readonly address: string
  /** The server's own name: the target of an SRV record, else the name itself. */
  readonly host: string
  /** Of an SRV record; undefined: the port is configured. */
  readonly port: number | undefined
  /** 1 to 100. */
  readonly weight: number
  /** Tier: the lowest number is used first. 0 where no SRV record has one. */
  readonly priority: number
}

/** A server of a name or of a service group. */
export interface MemberService {
  /** As it runs; `name` is that of the member. */
  readonly service: ResolvedService
  readonly weight: number
  readonly priority: number
  /** Address of its entry in the configuration. */
  readonly from: string
  /** Its address is gone: it takes no new clients, and ends at this time (milliseconds since 1970) at the latest. */
  readonly leavesAt: number | undefined
}

/** The servers of a configuration at one moment. */
export interface Membership {
  /** The configured services, with the addresses of their names, then every member. */
  readonly services: readonly ResolvedService[]
  /** Bound to members in place of what stands for them. */
  readonly lbVservers: readonly LbVserver[]
  /** By the service or service group that stands for them. */
  readonly members: ReadonlyMap<string, readonly MemberService[]>
}

/** What is known of host names, and of members that leave. */
export interface KnownNames {
  /** Undefined where nothing is known of the name. */
  addressesOf (host: string): readonly NamedAddress[] | undefined
  /** True for a member that leaves and has no client any more. */
  hasLeft (member: string): boolean
}

type Group = Entity<'serviceGroups'>
type Owner = Service | Group

/** Maximum services bound to an LB vserver, members included. */
const MAX_BOUND = 4096
const MAX_PRIORITY = 65_535

export const noMembership: Membership = { services: [], lbVservers: [], members: new Map() }

/**
 * Returns the servers of a configuration; `before` are those that run now, of which some leave. Times are milliseconds
 * since 1970.
 */
export const membershipOf = (config: Config, known: KnownNames, before: Membership, now: number): Membership => {
  const members = new Map<string, readonly MemberService[]>()
  const running = new Map(before.services.map(service => [service.name, service]))
  for (const owner of [...config.services, ...config.serviceGroups]) {
    if (hasMembers(owner))
      members.set(owner.name, membersOf(owner, known, before.members.get(owner.name) ?? [], running, now))
  }
  const single = config.services.map(service =>
    hasMembers(service) ? service : resolved(service, known, running.get(service.name))
  )
  return {
    services: [...single, ...[...members.values()].flat().map(({ service }) => service)],
    lbVservers: members.size === 0 ? config.lbVservers : config.lbVservers.map(lb => boundTo(lb, members)),
    members
  }
}

/** A configuration with the servers that it stands for. */
export const runningConfig = (config: Config, { services, lbVservers }: Membership): Config => ({
  ...config,
  services: [...services],
  lbVservers: [...lbVservers]
})

/** True when the data plane would be given the same. */
export const sameMembership = (a: Membership, b: Membership): boolean =>
  equal(a.services, b.services) && equal(a.lbVservers, b.lbVservers)

/** Services that monitors probe: no stand-ins, and none whose address is gone. */
export const probedServices = ({ services, members }: Membership): readonly ResolvedService[] => {
  const leaving = new Set(
    [...members.values()].flat().filter(({ leavesAt }) => leavesAt !== undefined).map(({ service }) => service.name)
  )
  return services.filter(({ name }) => !members.has(name) && !leaving.has(name))
}

const entriesOf = (owner: Owner): readonly Member[] =>
  'members' in owner
    ? owner.members
    : [{ address: owner.address, port: owner.port, resolve: owner.resolve, weight: 1, state: 'enabled' }]

const membersOf = (
  owner: Owner,
  known: KnownNames,
  before: readonly MemberService[],
  running: ReadonlyMap<string, ResolvedService>,
  now: number
): readonly MemberService[] => {
  const entries = entriesOf(owner)
  const members = new Map<string, MemberService>()
  const add = (member: MemberService): void => {
    if (members.size < MAX_MEMBERS && !members.has(member.service.name)) members.set(member.service.name, member)
  }
  for (const entry of entries) {
    const { address: from, port, weight } = entry
    const state = strictest(owner.state, entry.state)
    if (entry.resolve === 'first') {
      const name = memberName(owner.name, from, port)
      add({
        service: resolved(serviceOf(owner, { name, address: from, port, state }), known, running.get(name)),
        weight,
        priority: 0,
        from,
        leavesAt: undefined
      })
      continue
    }
    for (const found of known.addressesOf(from) ?? []) {
      const at = found.port ?? port
      const name = memberName(owner.name, found.address, at)
      const service = {
        ...serviceOf(owner, { name, address: found.host, port: at, state }),
        addresses: [found.address]
      }
      add({ service, weight: weight * found.weight, priority: found.priority, from, leavesAt: undefined })
    }
  }
  const present = [...members.values()].sort((a, b) => a.service.name < b.service.name ? -1 : 1)
  // A member whose entry is deleted goes at once, as a service that is deleted does.
  const names = new Set(entries.filter(({ resolve }) => resolve === 'all').map(({ address }) => canonicalHost(address)))
  const leaving = before.flatMap((member): MemberService[] => {
    const { service: { name, address, port, addresses }, from } = member
    if (members.has(name) || !names.has(canonicalHost(from)) || known.hasLeft(name)) return []
    const leavesAt = member.leavesAt ?? now + owner.drainSeconds * 1000
    if (leavesAt <= now) return []
    return [{
      ...member,
      leavesAt,
      service: { ...serviceOf(owner, { name, address, port, state: strictest(owner.state, 'draining') }), addresses }
    }]
  })
  return [...present, ...leaving]
}

const strength: Readonly<Record<ServiceState, number>> = { enabled: 0, 'sessions-only': 1, draining: 2, disabled: 3 }
const strictest = (a: ServiceState, b: ServiceState): ServiceState => strength[a] < strength[b] ? b : a

/** A member with the settings of its owner. */
const serviceOf = (owner: Owner, own: Pick<Service, 'name' | 'address' | 'port' | 'state'>): Service => {
  if (!('members' in owner)) return { ...owner, ...own, resolve: 'first' }
  const { members: _, ...settings } = owner
  return { ...settings, ...own, resolve: 'first' }
}

/** A server by name keeps the order of its addresses when a later answer has another one. */
const resolved = (service: Service, known: KnownNames, before: ResolvedService | undefined): ResolvedService => {
  if (ipFamily(service.address) !== undefined) return service
  const found = known.addressesOf(service.address)?.map(({ address }) => address) ?? []
  if (found.length === 0) return service
  const kept = before?.address === service.address
    ? (before.addresses ?? []).filter(address => found.includes(address))
    : []
  return { ...service, addresses: [...new Set([...kept, ...found])] }
}

const boundTo = (lb: LbVserver, members: ReadonlyMap<string, readonly MemberService[]>): LbVserver => {
  if (!lb.services.some(({ name }) => members.has(name))) return lb
  const bound = lb.services.flatMap((binding): Binding[] => {
    const found = members.get(binding.name)
    if (found === undefined) return [binding]
    return found.filter(({ leavesAt }) => leavesAt === undefined)
      .map(({ service, weight, priority }) => ({
        ...binding,
        name: service.name,
        weight: binding.weight * weight,
        priority: Math.min(MAX_PRIORITY, binding.priority + priority)
      }))
  }).slice(0, MAX_BOUND)
  const most = bound.reduce((largest, { weight }) => Math.max(largest, weight), 1)
  return {
    ...lb,
    services: most <= 100
      ? bound
      : bound.map(binding => ({ ...binding, weight: Math.max(1, Math.round(binding.weight * 100 / most)) }))
  }
}
