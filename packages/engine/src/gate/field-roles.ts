import type { FieldDeclaration } from '@weirlb/sdk/abi'

/** Where a declaration has the fields that decisions name; -1: nowhere. */
export interface FieldRoles { readonly clientId: number, readonly topic: number }

const rolesByFields = new WeakMap<readonly FieldDeclaration[], FieldRoles>()

/** Returns where the fields of an extension are that decisions name. */
export const rolesOf = (declared: readonly FieldDeclaration[]): FieldRoles => {
  const known = rolesByFields.get(declared)
  if (known !== undefined) return known
  const roles = {
    clientId: declared.findIndex(({ role }) => role === 'client-id'),
    topic: declared.findIndex(({ role }) => role === 'topic')
  }
  rolesByFields.set(declared, roles)
  return roles
}
