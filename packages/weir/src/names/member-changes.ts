import type { EventPayload } from '@weirlb/model'
import type { Membership, MemberService } from '../config/membership.ts'

/**
 * Returns what changed for each service and service group whose members are others than before; nothing at the first
 * commit.
 */
export const memberChanges = (
  before: Membership | undefined,
  after: Membership
): readonly EventPayload<'members-changed'>[] => {
  if (before === undefined) return []
  return [...after.members].flatMap(([service, members]) => {
    const old = new Set(before.members.get(service)?.filter(stays).map(nameOf))
    const now = members.filter(stays).map(nameOf)
    const present = new Set(now)
    const joined = now.filter(name => !old.has(name))
    const left = [...old].filter(name => !present.has(name))
    return joined.length + left.length === 0 ? [] : [{ service, joined, left, members: now.length }]
  })
}

const stays = ({ leavesAt }: MemberService): boolean => leavesAt === undefined
const nameOf = ({ service }: MemberService): string => service.name
