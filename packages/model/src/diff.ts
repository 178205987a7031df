import { equal } from './equal.ts'

/** Changes of one collection between two revisions. */
export interface CollectionDiff<T> {
  readonly added: readonly T[]
  readonly changed: readonly { readonly before: T, readonly after: T }[]
  readonly removed: readonly T[]
}

/** Lists of named entities by collection: `Config`, and whatever is derived from it. */
type Collections = Readonly<Record<string, readonly { readonly name: string }[]>>

/** Changes of every collection. */
export type Diff<R extends Collections> = { readonly [C in keyof R]: CollectionDiff<R[C][number]> }

/** Compare two lists of entities by name; an entity changed when any of its fields did. Order does not count. */
export const diffCollection = <T extends { readonly name: string }>(before: readonly T[], after: readonly T[]): CollectionDiff<T> => {
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

/** Compare two configurations collection by collection. */
export const diff = <R extends { [C in keyof R]: readonly { readonly name: string }[] }>(before: R, after: R): Diff<R> => {
  const answer: Partial<Record<keyof R, unknown>> = {}
  for (const collection of Object.keys(after) as (keyof R)[]) answer[collection] = diffCollection(before[collection], after[collection])
  return answer as Diff<R>
}

/** True when a diff holds no change at all. */
export const isEmpty = (changes: Readonly<Record<string, CollectionDiff<unknown>>>): boolean =>
  Object.values(changes).every(c => c.added.length + c.changed.length + c.removed.length === 0)
