// Constraints on services and service groups: their names, and the addresses of servers.
import { ipFamily } from './address.ts'
import type { Config, Entity } from './config.ts'
import { describeValue } from './describe-value.ts'
import { firstByName, type Finding } from './finding.ts'
import { isSrvName, memberKey } from './member.ts'
import { describeEntity } from './references.ts'
import type { Resolution } from './service.ts'

/** A service or a service group, with its place and its name in messages. */
export interface Server {
  /** `services[2]` or `serviceGroups[0]`. */
  readonly path: string
  /** `service 's'` or `service group 'g'`. */
  readonly what: string
  readonly server: Entity<'services'> | Entity<'serviceGroups'>
}

/** Every service and every service group: they share most settings. */
export function * serversOf (config: Config): Generator<Server> {
  for (const collection of ['services', 'serviceGroups'] as const) {
    for (const [i, server] of config[collection].entries())
      yield { path: `${collection}[${i}]`, what: describeEntity(collection, server.name), server }
  }
}

/** LB vservers bind services and service groups by name. */
export function * sharedNames (config: Config): Generator<Finding> {
  const services = firstByName(config.services)
  for (const [i, { name }] of config.serviceGroups.entries()) {
    if (services.has(name))
      yield {
        code: 'name-taken',
        path: `serviceGroups[${i}].name`,
        message: `there is a ${describeEntity('services', name)}, and LB vservers bind both by name`
      }
  }
}

/** Ports and names that fit together. */
export function * serverAddresses (config: Config): Generator<Finding> {
  for (const [i, service] of config.services.entries()) yield * addressFaults(`services[${i}]`, service)
  for (const [i, { members }] of config.serviceGroups.entries()) {
    for (const [n, member] of members.entries()) yield * addressFaults(`serviceGroups[${i}].members[${n}]`, member)
  }
}

function* addressFaults (
  path: string,
  { address, port, resolve }: { readonly address: string, readonly port: number, readonly resolve: Resolution }
): Generator<Finding> {
  const fault = (field: string, message: string): Finding => ({
    code: 'config-invalid',
    path: `${path}.${field}`,
    message
  })
  if (!isSrvName(address)) {
    if (port === 0)
      yield fault(
        'port',
        'must be at least 1; got 0. Only an SRV name, such as _mqtt._tcp.example.com, has its ports in DNS'
      )
    if (resolve === 'all' && ipFamily(address) !== undefined)
      yield fault(
        'resolve',
        `${describeValue(address)} is an IP address, and only a host name has several; expected "first", or a name`
      )
    return
  }
  if (port !== 0)
    yield fault('port', `the records of SRV name ${describeValue(address)} have the port; expected 0, got ${port}`)
  if (resolve !== 'all')
    yield fault(
      'resolve',
      `SRV name ${describeValue(address)} stands for several servers; expected "all", got ${describeValue(resolve)}`
    )
}

/** A member is known by its address and port. */
export function * memberTwice (config: Config): Generator<Finding> {
  for (const [i, { name, members }] of config.serviceGroups.entries()) {
    const seen = new Map<string, number>()
    for (const [n, member] of members.entries()) {
      const key = memberKey(member)
      const first = seen.get(key)
      if (first === undefined) seen.set(key, n)
      else yield { code: 'config-invalid', path: `serviceGroups[${i}].members[${n}].address`, message: `member '${key}' of service group '${name}' is there already, as members[${first}]; give it a weight instead` }
    }
  }
}
