import type { RuleFunction } from '../language/functions.ts'
import { LinearRegex } from '../language/regex.ts'
import type { TypedArgument, TypedComparison, TypedTest, TypedValue } from '../language/typed.ts'
import type { RuleValue } from '../language/types.ts'
import { matcherOf } from './matcher.ts'

/** Reads a value of a subject; undefined: it is missing. */
export type Read<S> = (subject: S) => RuleValue | undefined
/** Reads the values of every item; undefined: the list is missing. */
type ReadMany<S> = (subject: S) => readonly RuleValue[] | undefined
/** Returns true if an expression applies to a subject. */
export type Test<S> = (subject: S) => boolean

/** Finds the reader of a field once, when an expression is compiled. */
export type Readers<S> = (field: string) => Read<S>

/** Makes a function of a checked expression. No name is looked up when it is called. */
export const compileTest = <S> (test: TypedTest, readers: Readers<S>): Test<S> => {
  switch (test.kind) {
    // Nothing that is looked at has an effect: the cheapest come first.
    case 'and': return all(byCost(test.of).map(each => compileTest(each, readers)))
    case 'or': return some(byCost(test.of).map(each => compileTest(each, readers)))
    case 'xor': {
      const tests = test.of.map(each => compileTest(each, readers))
      return subject => {
        let odd = false
        for (let n = 0; n < tests.length; n++) if (tests[n]!(subject)) odd = !odd
        return odd
      }
    }
    case 'not': {
      const of = compileTest(test.of, readers)
      return subject => !of(subject)
    }
    case 'truth': {
      const affix = compileAffix(test.of, readers)
      if (affix !== undefined) return affix
      const read = compileValue(test.of, readers)
      return subject => read(subject) === true
    }
    case 'compare': return compileComparison(test, readers)
    case 'any':
    case 'all': return compileEach(test.kind === 'any', test.of, readers)
  }
}

/** Two are the usual number: they need no loop. */
const all = <S> (tests: readonly Test<S>[]): Test<S> => {
  const [one, two] = tests as [Test<S>, Test<S>]
  if (tests.length === 2) return subject => one(subject) && two(subject)
  return subject => {
    for (let n = 0; n < tests.length; n++) if (!tests[n]!(subject)) return false
    return true
  }
}

const some = <S> (tests: readonly Test<S>[]): Test<S> => {
  const [one, two] = tests as [Test<S>, Test<S>]
  if (tests.length === 2) return subject => one(subject) || two(subject)
  return subject => {
    for (let n = 0; n < tests.length; n++) if (tests[n]!(subject)) return true
    return false
  }
}

const compileComparison = <S> ({ of, match }: TypedComparison, readers: Readers<S>): Test<S> => {
  const read = compileValue(of, readers)
  const plain = compilePlain(match, read)
  if (plain !== undefined) return plain
  const matches = matcherOf(match)
  return subject => {
    const value = read(subject)
    return value !== undefined && matches(value)
  }
}

/**
 * Comparisons that are many times a rule's whole expression have no function between them and the value. A missing
 * value passes none.
 */
const compilePlain = <S> (match: TypedComparison['match'], read: Read<S>): Test<S> | undefined => {
  switch (match.op) {
    case 'eq': {
      if (typeof match.with === 'object') return undefined
      const other = match.with
      return subject => read(subject) === other
    }
    case 'contains': {
      const part = match.with
      return subject => {
        const value = read(subject) as string | undefined
        return value !== undefined && value.length >= part.length && value.includes(part)
      }
    }
    // A comparison of undefined is false.
    case 'lt': { const other = match.with; return subject => (read(subject) as number) < (other as number) }
    case 'le': { const other = match.with; return subject => (read(subject) as number) <= (other as number) }
    case 'gt': { const other = match.with; return subject => (read(subject) as number) > (other as number) }
    case 'ge': { const other = match.with; return subject => (read(subject) as number) >= (other as number) }
    default: return undefined
  }
}

/** `starts_with(field, "…")` and `ends_with(field, "…")`. */
const compileAffix = <S> (value: TypedValue, readers: Readers<S>): Test<S> | undefined => {
  if (value.kind !== 'call' || (value.fn.name !== 'starts_with' && value.fn.name !== 'ends_with')) return undefined
  const [of, affix] = value.args
  if (of?.kind === 'literal' || affix?.kind !== 'literal') return undefined
  const read = compileValue(of!, readers)
  const text = affix.value as string
  if (value.fn.name === 'starts_with')
    return subject => (read(subject) as string | undefined)?.startsWith(text) === true
  return subject => (read(subject) as string | undefined)?.endsWith(text) === true
}

const byCost = (tests: readonly TypedTest[]): TypedTest[] => [...tests].sort((a, b) => costOf(a) - costOf(b))

/** What a test takes, in comparisons of numbers; only the order counts. */
const costOf = (test: TypedTest): number => {
  switch (test.kind) {
    case 'and':
    case 'or':
    case 'xor': return test.of.reduce((sum, each) => sum + costOf(each), 0)
    case 'not': return costOf(test.of)
    case 'any':
    case 'all':
      return 50
    case 'truth':
      return test.of.kind === 'field' ? 1 : 10
    case 'compare':
      return (test.of.kind === 'field' ? 0 : 10) +
        ({
          eq: 1,
          ne: 1,
          lt: 1,
          le: 1,
          gt: 1,
          ge: 1,
          bitwise_and: 1,
          in: 5,
          contains: 8,
          wildcard: 20,
          'strict wildcard': 20,
          matches: 200
        } as const)[test.match.op]
  }
}

const compileEach = <S> (any: boolean, of: TypedComparison | TypedValue, readers: Readers<S>): Test<S> => {
  const many = compileMany('match' in of ? of.of : of, readers)
  const matches = 'match' in of ? matcherOf(of.match) : (value: RuleValue): boolean => value === true
  return subject => {
    const values = many(subject)
    if (values === undefined) return false
    for (let n = 0; n < values.length; n++) if (matches(values[n]!) === any) return any
    return !any
  }
}

/** Makes a function that reads a value. */
export const compileValue = <S> (value: TypedValue, readers: Readers<S>): Read<S> => {
  switch (value.kind) {
    case 'field': return readers(value.name)
    case 'item': {
      const of = compileValue(value.of, readers)
      const { key } = value
      if (typeof key === 'string')
        return subject => (of(subject) as ReadonlyMap<string, readonly string[]> | undefined)?.get(key)
      return subject => (of(subject) as readonly string[] | undefined)?.[key]
    }
    case 'call': return compileCall(value.fn, value.args, readers)
    case 'each': throw new TypeError('[*] has many values')
  }
}

const compileMany = <S> (value: TypedValue, readers: Readers<S>): ReadMany<S> => {
  if (value.kind === 'each') return compileValue(value.of, readers) as ReadMany<S>
  if (value.kind !== 'call') throw new TypeError('a single value')
  const [first, ...others] = value.args
  const many = compileMany(first as TypedValue, readers)
  const call = caller(value.fn, value.args)
  const rest = others.map(arg => compileArgument(arg, readers))
  return subject => {
    const values = many(subject)
    if (values === undefined) return undefined
    const args = argumentsOf(rest, subject)
    return args === undefined ? undefined : values.map(item => call([item, ...args])).filter(made => made !== undefined)
  }
}

const compileArgument = <S> (arg: TypedArgument, readers: Readers<S>): Read<S> => {
  if (arg.kind !== 'literal') return compileValue(arg, readers)
  const { value } = arg
  return () => value
}

const argumentsOf = <S> (reads: readonly Read<S>[], subject: S): RuleValue[] | undefined => {
  const values: RuleValue[] = []
  for (const read of reads) {
    const value = read(subject)
    if (value === undefined) return undefined
    values.push(value)
  }
  return values
}

/** The function with its regular expression compiled. */
const caller = (
  fn: RuleFunction,
  args: readonly TypedArgument[]
): (values: readonly RuleValue[]) => RuleValue | undefined => {
  const pattern = fn.regex === undefined ? undefined : args[fn.regex]
  if (pattern?.kind !== 'literal') return values => fn.call(values)
  const regex = new LinearRegex(pattern.value as string)
  return values => fn.call(values, regex)
}

/** A missing argument makes a missing value. */
const compileCall = <S> (fn: RuleFunction, args: readonly TypedArgument[], readers: Readers<S>): Read<S> => {
  const call = caller(fn, args)
  const reads = args.map(arg => compileArgument(arg, readers))
  // Filled anew at each call, so that none allocates. A call within a call has its own.
  const values: RuleValue[] = reads.map(() => '')
  return subject => {
    for (let n = 0; n < reads.length; n++) {
      const value = reads[n]!(subject)
      if (value === undefined) return undefined
      values[n] = value
    }
    return call(values)
  }
}
