import {
  collectionNames,
  describeEntity,
  describeValue,
  diffCollection,
  filesOf,
  WeirError,
  type Config
} from '@weirlb/model'
import type { Principal } from './principal.ts'

/**
 * Throws outside-scope unless the principal may write each of these names. One that is undefined stands for the whole.
 */
export const checkNames = ({ who, scopes }: Principal, names: readonly (string | undefined)[]): void => {
  if (scopes === undefined) return
  const begin = scopes.join(', ')
  if (names.length === 0 || names.includes(undefined)) throw new WeirError('outside-scope', `${who} may write only entities whose names begin with: ${begin}; this request concerns more than one entity's own`)
  for (const name of names) {
    if (scopes.some(scope => name!.startsWith(scope))) continue
    throw new WeirError(
      'outside-scope',
      `${who} may write only entities whose names begin with: ${begin}; ${describeValue(name)} does not`
    )
  }
}

/**
 * Throws outside-scope unless the principal may write every entity that differs. The order of entities counts as the
 * whole's.
 */
export const checkDifference = (principal: Principal, before: Config, after: Config): void => {
  if (principal.scopes === undefined) return
  for (const collection of collectionNames) {
    const { added, changed, removed } = diffCollection<{ readonly name: string }>(before[collection], after[collection])
    const names = [...added, ...changed.map(({ after }) => after), ...removed].map(({ name }) => name)
    if (names.length > 0) checkNames(principal, names)
  }
}

/**
 * Throws outside-scope if an entity names a file that it has not named before. Files are the machine's, and no entity's
 * own: an extension could send a secret of somebody else away, and a log of keys could be written over any file.
 */
export const checkFiles = ({ who }: Principal, before: Config, after: Config): void => {
  for (const collection of collectionNames) {
    const { added, changed } = diffCollection<{ readonly name: string }>(before[collection], after[collection])
    for (const { before: present, after: next } of [...added.map(after => ({ before: undefined, after })), ...changed]) {
      const known = new Set(filesOf(present))
      const path = filesOf(next).find(path => !known.has(path))
      if (path !== undefined)
        throw new WeirError(
          'outside-scope',
          `${who} has scopes, and may name no files of the machine; ${
            describeEntity(collection, next.name)
          } would name ${describeValue(path)}. A token without scopes may`
        )
    }
  }
}
