import type { Rule } from '@weirlb/admin/client'

/** Between two priorities, so that a rule can be put between two others without writing them. */
const STEP = 10

/** Returns rules as they are looked at: by priority, 0 last, then as they are listed. */
export const inOrder = (rules: readonly Rule[]): readonly Rule[] => rules.toSorted((a, b) => rank(a) - rank(b))

const rank = ({ priority }: Rule): number => priority === 0 ? Infinity : priority

/** A rule whose priority changes. */
export interface Reordered { readonly name: string, readonly priority: number }

/** Returns the priorities that bring a rule from one place of the order to another; only those that change. */
export const reorder = (ordered: readonly Rule[], from: number, to: number): readonly Reordered[] => {
  const moved = ordered.toSpliced(from, 1).toSpliced(to, 0, ordered[from]!)
  return moved.flatMap(({ name, priority }, at) =>
    priority === (at + 1) * STEP ? [] : [{ name, priority: (at + 1) * STEP }]
  )
}
