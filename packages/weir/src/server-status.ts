import type { EngineStats } from '@weirlb/engine'
import { lookUp, type ServiceGroup, type Service } from '@weirlb/model'
import type { EntityStatus, MemberStatus } from './api/entity-status.ts'
import type { MemberService } from './config/membership.ts'
import type { Revision } from './config/revisions.ts'
import type { NameStatus } from './names/name-status.ts'
import type { ServiceStatus } from './prober.ts'

/** The data for the status of servers, read at one moment. */
export interface ServersNow {
  readonly revision: Revision
  readonly stats: EngineStats
  service (name: string): ServiceStatus
  /** Undefined for a name that is not looked up. */
  hostName (host: string): NameStatus | undefined
}

/** The status of one server: a service, or a member. */
export const serverStatus = (service: Pick<Service, 'name' | 'state'>, now: ServersNow): EntityStatus => {
  if (service.state !== 'enabled') return { value: service.state }
  const { health, reason } = now.service(service.name)
  switch (health) {
    case 'up': {
      const suspect = lookUp(now.stats.services, service.name)?.suspect ?? 0
      return suspect === 0
        ? { value: 'up' }
        : {
          value: 'up',
          reason: `suspect in ${
            suspect === 1 ? 'a worker' : `${suspect} workers`
          }: clients could not connect, or got no reply in time`
        }
    }
    case 'down': return { value: 'down', reason: reason ?? 'its monitors fail' }
    case 'unknown': return { value: 'unknown', reason: 'no probe has ended yet' }
    case 'failing': return { value: 'unknown', reason: `no verdict yet: ${reason ?? 'its monitors fail'}` }
  }
}

/** The status of what stands for several servers: up if one of them is. */
export const groupStatus = (group: Service | ServiceGroup, hosts: readonly string[], now: ServersNow): EntityStatus => {
  const members = (now.revision.membership.members.get(group.name) ?? []).map(member => memberStatus(member, now))
  const shown = { members, names: namesOf(hosts, now) }
  if (group.state !== 'enabled') return { value: group.state, ...shown }
  if (members.length === 0) return { value: 'down', reason: whyNone(hosts, shown.names), ...shown }
  if (members.some(({ value }) => value === 'up')) return { value: 'up', ...shown }
  const reason = `no member is up (${members.map(({ name, value }) => `${name}: ${value}`).join(', ')})`
  return { value: members.some(({ value }) => value === 'unknown') ? 'unknown' : 'down', reason, ...shown }
}

/** The host names among these, and what is known of them; undefined where there are none. */
export const namesOf = (hosts: readonly string[], now: ServersNow): readonly NameStatus[] | undefined => {
  const names = new Map(
    hosts.map(host => now.hostName(host)).flatMap(status =>
      status === undefined ? [] : [[status.name, status] as const]
    )
  )
  return names.size === 0 ? undefined : [...names.values()]
}

/** The servers of an LB vserver that take clients. An unknown one is used if none is up. */
export const serversUp = (lbVserver: string, now: ServersNow): number => {
  const { lbVservers, services } = now.revision.membership
  const byName = indexOf(services)
  const bound = indexOf(lbVservers).get(lbVserver)?.services ?? []
  return bound.filter(({ name }) => {
    const { value } = serverStatus(byName.get(name)!, now)
    return value === 'up' || value === 'unknown'
  }).length
}

const memberStatus = ({ service, weight, leavesAt }: MemberService, now: ServersNow): MemberStatus => {
  const { name } = service
  const connections = lookUp(now.stats.services, name)?.connections ?? 0
  if (leavesAt !== undefined)
    return {
      name,
      value: 'leaving',
      reason: `the name has this address no longer; its clients are closed at ${new Date(leavesAt).toISOString()}`,
      weight,
      connections
    }
  const { value, reason } = serverStatus(service, now)
  return { name, value, reason, weight, connections }
}

const whyNone = (hosts: readonly string[], names: readonly NameStatus[] | undefined): string => {
  if (hosts.length === 0) return 'it has no members'
  const [first] = names ?? []
  return first === undefined
    ? 'it has no members yet'
    : `${first.name} is ${first.state}${first.reason === undefined ? '' : `: ${first.reason}`}`
}

/** A list is never changed, only replaced. */
const indices = new WeakMap<readonly object[], ReadonlyMap<string, unknown>>()
const indexOf = <T extends { readonly name: string }>(list: readonly T[]): ReadonlyMap<string, T> => {
  let index = indices.get(list) as ReadonlyMap<string, T> | undefined
  if (index === undefined) indices.set(list, index = new Map(list.map(entity => [entity.name, entity])))
  return index
}
