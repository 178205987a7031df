import type { TypedTest } from '../language/typed.ts'
import { lettersOf, MANY_LETTERS } from './letters.ts'

/**
 * A text has to have these letters, or a number has to be within these bounds; else the expression around it is false.
 */
export type Requirement =
  | { readonly field: string, readonly letters: number }
  | { readonly field: string, readonly from: number, readonly to: number }

/**
 * What an expression requires of single fields: all that stands in one of these alternatives. An empty one requires
 * nothing.
 */
export type Requirements = readonly (readonly Requirement[])[]

/** An expression with more alternatives requires nothing. */
export const MAX_ALTERNATIVES = 4

/** Returns what an expression requires by what is written at its top level, or below an `or` there. */
export const requirementsOf = (test: TypedTest): Requirements =>
  test.kind === 'or' && test.of.length <= MAX_ALTERNATIVES ? test.of.map(each => conjuncts(each)) : [conjuncts(test)]

const conjuncts = (test: TypedTest): Requirement[] => {
  if (test.kind === 'and') return test.of.flatMap(each => conjuncts(each))
  if (
    test.kind === 'truth' && test.of.kind === 'call' &&
    (test.of.fn.name === 'starts_with' || test.of.fn.name === 'ends_with')
  ) {
    const [of, affix] = test.of.args
    return of?.kind === 'field' && affix?.kind === 'literal' ? texts(of.name, [affix.value as string]) : []
  }
  if (test.kind !== 'compare' || test.of.kind !== 'field') return []
  const { of: { name: field }, match } = test
  switch (match.op) {
    case 'contains':
      return texts(field, [match.with])
    case 'eq':
      return typeof match.with === 'string'
        ? texts(field, [match.with])
        : typeof match.with === 'number'
        ? [{ field, from: match.with, to: match.with }]
        : []
    // Bounds are inclusive: the test itself knows better.
    case 'gt':
    case 'ge': return typeof match.with === 'number' ? [{ field, from: match.with, to: Infinity }] : []
    case 'lt':
    case 'le': return typeof match.with === 'number' ? [{ field, from: -Infinity, to: match.with }] : []
    case 'in':
      if ('strings' in match) return texts(field, match.strings)
      return 'ints' in match
        ? [{
          field,
          from: Math.min(...match.ints.map(([from]) => from)),
          to: Math.max(...match.ints.map(([, to]) => to))
        }]
        : []
    default:
      return []
  }
}

/** What all of these texts have. An empty one requires nothing, and a long one is not gone through. */
const texts = (field: string, choices: readonly string[]): Requirement[] => {
  const letters = choices.map(lettersOf).reduce(
    (common, next) => next === MANY_LETTERS ? 0 : common & next,
    MANY_LETTERS
  )
  return letters === 0 ? [] : [{ field, letters }]
}
