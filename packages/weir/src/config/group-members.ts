import { describeChoices, memberKey, WeirError, type ServiceGroup } from '@weirlb/model'
import { mergePatch } from './merge-patch.ts'

/**
 * A service group with one more member, which is left for the schema to check. Throws `name-taken` where it is there
 * already.
 */
export const withMember = (group: ServiceGroup, member: unknown): unknown => {
  const key = keyOf(member)
  if (key !== undefined && group.members.some(each => memberKey(each) === key)) {
    const message = `member '${key}' of service group '${group.name}' is there already; its weight and state change with a PATCH of the member`
    throw new WeirError('name-taken', `address: ${message}`, { issues: [{ path: 'address', message }] })
  }
  return { ...group, members: [...group.members, member] }
}

/** A service group with one member changed, which is left for the schema to check. Throws `not-found`. */
export const withMemberPatched = (group: ServiceGroup, member: string, patch: unknown): unknown => {
  const at = memberIndex(group, member)
  return { ...group, members: (group.members as readonly unknown[]).with(at, mergePatch(group.members[at], patch)) }
}

/** A service group without a member. Throws `not-found`. */
export const withoutMember = (group: ServiceGroup, member: string): ServiceGroup => {
  const at = memberIndex(group, member)
  return { ...group, members: group.members.filter((_, i) => i !== at) }
}

/** Returns the place of a member by its address and port. Throws `not-found`. */
export const memberIndex = (group: ServiceGroup, member: string): number => {
  const at = group.members.findIndex(each => memberKey(each) === member)
  if (at >= 0) return at
  throw new WeirError(
    'not-found',
    `no member '${member}' in service group '${group.name}'; there are: ${
      describeChoices(group.members.map(memberKey))
    }`
  )
}

const keyOf = (member: unknown): string | undefined => {
  const { address, port } = (member ?? {}) as { readonly address?: unknown, readonly port?: unknown }
  return typeof address === 'string' && typeof port === 'number' ? memberKey({ address, port }) : undefined
}
