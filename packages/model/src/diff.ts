import { equal } from './equal.ts'

/** Changes of one collection between two revisions. */
export interface CollectionDiff<T> {
  readonly added: readonly T[]
  readonly changed: readonly { readonly before: T, readonly after: T }[]
  readonly removed: readonly T[]
}

/** Compare two lists of entities by name; an entity changed when any of its fields did. Order does not count. */
export const diffCollection = <T extends { readonly name: string }>(
  before: readonly T[],
  after: readonly T[]
): CollectionDiff<T> => {
  const old = new Map(before.map(entity => [entity.name, entity]))
  const added: T[] = []
  const changed: { before: T, after: T }[] = []
  for (const entity of after) {
    const previous = old.get(entity.name)
    if (previous === undefined) added.push(entity)
    else if (!equal(previous, entity)) changed.push({ before: previous, after: entity })
    old.delete(entity.name)
  }
  return { added, changed, removed: [...old.values()] }
}
