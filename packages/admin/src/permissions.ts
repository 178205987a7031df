import { includesRole, WeirError } from '@weirlb/model'
import type { Principal } from './access/principal.ts'
import { checkNames } from './access/scopes.ts'
import { templateOf } from './route-template.ts'
import type { Call, Route } from './route.ts'

/** Throws role-insufficient, with the role needed. */
export const checkRole = ({ who, role }: Principal, route: Route): void => {
  if (includesRole(role, route.role)) return
  throw new WeirError(
    'role-insufficient',
    `${route.method} ${templateOf(route)} needs the role ${route.role}; ${who} has ${role}`
  )
}

/** Rejects with outside-scope if a write is about an entity that the principal's scopes leave out. */
export const checkScope = async ({ scope = ownName, write }: Route, call: Call): Promise<void> => {
  if (write === undefined || call.principal.scopes === undefined || scope === 'itself') return
  checkNames(call.principal, await scope(call as never))
}

/** The name in the path; of a write to a collection that in the body, which names what it creates. */
const ownName = ({ params, body }: Call): (string | undefined)[] => {
  const name = params['name'] ?? (typeof body === 'object' && body !== null && 'name' in body ? body.name : undefined)
  return [typeof name === 'string' ? name : undefined]
}
