import { checkMatch, type Checking } from './check-match.ts'
import { type ExpressionFault, faultAt, type Outcome } from './fault.ts'
import { functions, type RuleFunction } from './functions.ts'
import { limits } from './limits.ts'
import { nearest } from './nearest.ts'
import { parse } from './parse.ts'
import { regexFault } from './regex.ts'
import type { Literal, StringSyntax, Syntax, Value } from './syntax.ts'
import { type FieldTypes, type NamedLists, noLists, typeTexts, type ValueType } from './types.ts'
import type { TypedArgument, TypedComparison, TypedTest, TypedValue } from './typed.ts'

/** An expression whose fields exist and whose types fit. */
export interface CheckedExpression {
  readonly test: TypedTest
  /** Names of the fields that it reads, each once. */
  readonly fields: readonly string[]
  /** Names of the lists that it looks into, each once. */
  readonly lists: readonly string[]
}

/** Maximum faults of one expression that are reported. */
const MAX_FAULTS = 16

/** Checks an expression against the fields and lists that there are. */
export const checkExpression = (
  text: string,
  fields: FieldTypes,
  lists: NamedLists = noLists
): Outcome<CheckedExpression> => {
  const parsed = parse(text)
  if (!parsed.ok) return parsed
  const checker = new Checker(text, fields, lists)
  const test = checker.test(parsed.value)
  if (test === undefined || checker.faults.length > 0) return { ok: false, faults: checker.faults.slice(0, MAX_FAULTS) }
  return { ok: true, value: { test, fields: [...checker.fieldsRead], lists: [...checker.listsRead] } }
}

/** A value whose fields exist and whose types fit. */
export interface CheckedValue {
  readonly value: TypedValue
  /** Names of the fields that it reads, each once. */
  readonly fields: readonly string[]
}

/** Types of values that can be told apart by one text or number. */
const single: readonly ValueType[] = ['string', 'int', 'bool', 'ip']

/** Checks a value, `ip.src` or `lower(http.host)`, against the fields that there are; lists of values are none. */
export const checkValue = (text: string, fields: FieldTypes): Outcome<CheckedValue> => {
  const parsed = parse(text)
  if (!parsed.ok) return parsed
  const checker = new Checker(text, fields, noLists)
  const value = isValue(parsed.value) ? checker.value(parsed.value) : checker.fault(0, 'this is a condition; expected a value, such as a field', ['a field'])
  if (value?.many === true || (value !== undefined && !single.includes(value.type))) checker.fault(0, `${text} is ${value.many ? typeTexts.strings : typeTexts[value.type]}; expected a single value`, ['a single value'])
  if (value === undefined || checker.faults.length > 0) return { ok: false, faults: checker.faults.slice(0, MAX_FAULTS) }
  return { ok: true, value: { value, fields: [...checker.fieldsRead] } }
}

/** Makes typed nodes of parsed ones. Undefined: there is a fault, which is in `faults`. */
class Checker implements Checking {
  readonly #text: string
  readonly #fields: FieldTypes
  readonly lists: NamedLists
  readonly faults: ExpressionFault[] = []
  readonly fieldsRead = new Set<string>()
  readonly listsRead = new Set<string>()
  #regexes = 0

  constructor (text: string, fields: FieldTypes, lists: NamedLists) {
    this.#text = text
    this.#fields = fields
    this.lists = lists
  }

  fault (at: number, message: string, expected: readonly string[] = []): undefined {
    this.faults.push(faultAt(this.#text, at, message, expected))
    return undefined
  }

  test (node: Syntax): TypedTest | undefined {
    switch (node.kind) {
      case 'and':
      case 'or':
      case 'xor': {
        const of = node.of.map(each => this.test(each))
        return of.includes(undefined) ? undefined : { kind: node.kind, of: of as TypedTest[] }
      }
      case 'not': {
        const of = this.test(node.of)
        return of && { kind: 'not', of }
      }
      case 'compare': {
        const comparison = this.#comparison(node)
        if (comparison?.of.many === true)
          return this.fault(node.at, 'a comparison of every item stands in any() or all()', ['any(', 'all('])
        return comparison
      }
      case 'call':
        if (node.name === 'any' || node.name === 'all') return this.#each(node.name, node.args, node.at)
        return this.#truth(node)
      default: return this.#truth(node)
    }
  }

  #truth (node: Value): TypedTest | undefined {
    const of = this.value(node)
    if (of === undefined) return undefined
    if (of.many) return this.fault(node.at, 'a value for every item stands in any() or all()', ['any(', 'all('])
    return of.type === 'bool'
      ? { kind: 'truth', of }
      : this.fault(node.at, `${describe(node)} is ${typeTexts[of.type]} and has to be compared`, operatorsOf(of.type))
  }

  #each (kind: 'any' | 'all', args: readonly (Syntax | Literal)[], at: number): TypedTest | undefined {
    const [only, ...more] = args
    if (only === undefined || more.length > 0) return this.fault(at, `${kind}() takes one comparison of the items of a list; got ${args.length} arguments`, ['field[*] comparison'])
    const of = only.kind === 'compare' ? this.#comparison(only) : isValue(only) ? this.value(only) : undefined
    if (of === undefined) return this.faults.length > 0 ? undefined : this.fault('at' in only ? only.at : at, `${kind}() takes a comparison of the items of a list, such as ${kind}(http.request.headers["accept"][*] contains "json")`)
    const value = 'match' in of ? of.of : of
    if (!value.many)
      return this.fault(
        'at' in only ? only.at : at,
        `${kind}() takes a comparison of every item; write [*] behind the list`,
        ['[*]']
      )
    if (!('match' in of) && of.type !== 'bool')
      return this.fault(
        'at' in only ? only.at : at,
        `the items are ${typeTexts[of.type]} each and have to be compared`,
        operatorsOf(of.type)
      )
    return { kind, of }
  }

  #comparison (node: Extract<Syntax, { readonly kind: 'compare' }>): TypedComparison | undefined {
    const of = this.value(node.of)
    if (of === undefined) return undefined
    const match = checkMatch(this, of.type, node, describe(node.of))
    return match && { kind: 'compare', of, match }
  }

  /** A pattern is one more. */
  regex (pattern: string, at: number): boolean {
    if (++this.#regexes > limits.regexes) {
      if (this.#regexes === limits.regexes + 1) this.fault(at, `more than ${limits.regexes} regular expressions`)
      return false
    }
    const wrong = regexFault(pattern)
    if (wrong !== undefined) this.fault(at, `no regular expression: ${wrong}`)
    return wrong === undefined
  }

  value (node: Value): TypedValue | undefined {
    switch (node.kind) {
      case 'field': {
        const type = this.#fields.get(node.name)
        if (type === undefined) return this.#unknownField(node.name, node.at)
        this.fieldsRead.add(node.name)
        return { kind: 'field', name: node.name, type, many: false }
      }
      case 'index': return this.#item(node)
      case 'call': return this.#call(node.name, node.args, node.at)
    }
  }

  #unknownField (name: string, at: number): undefined {
    const choices = nearest(name, [...this.#fields.keys()])
    return this.fault(
      at,
      `unknown field '${name}'; there are: ${choices.join(', ')}${choices.length < this.#fields.size ? ', …' : ''}`,
      choices
    )
  }

  #item ({ of, key, at }: Extract<Value, { readonly kind: 'index' }>): TypedValue | undefined {
    const value = this.value(of)
    if (value === undefined) return undefined
    if (value.many) return this.fault(at, '[*] is written once, behind the list')
    if (value.type === 'headers') {
      if (key === '*' || typeof key === 'number')
        return this.fault(at, `${describe(of)} is ${typeTexts.headers}; write ["name"] behind it`, ['"name"'])
      return { kind: 'item', of: value, key: key.toLowerCase(), type: 'strings', many: false }
    }
    if (value.type !== 'strings') return this.fault(at, `${describe(of)} is ${typeTexts[value.type]} and has no items`)
    if (key === '*') return { kind: 'each', of: value, type: 'string', many: true }
    if (typeof key === 'string') return this.fault(at, `the items of ${describe(of)} have numbers, from 0`, ['0', '*'])
    return { kind: 'item', of: value, key, type: 'string', many: false }
  }

  #call (name: string, args: readonly (Syntax | Literal)[], at: number): TypedValue | undefined {
    const fn = functions.get(name)
    if (fn === undefined) {
      const choices = nearest(name, [...functions.keys(), 'any', 'all'])
      return this.fault(
        at,
        name === 'any' || name === 'all'
          ? `${name}() is true or false and is no value`
          : `unknown function '${name}'; there are: ${choices.join(', ')}`,
        choices
      )
    }
    const least = fn.optionalFrom ?? fn.parameters.length
    const most = fn.repeats === true ? Infinity : fn.parameters.length
    if (args.length < least || args.length > most) {
      return this.fault(
        at,
        `${name}() takes ${
          least === most ? least : `${least}${most === Infinity ? ' or more' : ` to ${most}`}`
        } arguments; got ${args.length}`
      )
    }
    const typed = args.map((arg, n) => this.#argument(fn, arg, n, at))
    if (typed.includes(undefined)) return undefined
    const all = typed as TypedArgument[]
    const many = all.findIndex(arg => arg.kind !== 'literal' && arg.many)
    if (many > 0) return this.fault(at, `${name}() takes [*] in its first argument only`)
    if (many === 0 && fn.result !== 'string' && fn.result !== 'bool' && fn.result !== 'int')
      return this.fault(at, `${name}() takes no [*]`)
    return { kind: 'call', fn, args: all, type: fn.result, many: many === 0 }
  }

  #argument (fn: RuleFunction, arg: Syntax | Literal, n: number, at: number): TypedArgument | undefined {
    const parameter = fn.parameters[Math.min(n, fn.parameters.length - 1)]!
    const wanted = parameter.types.map(type => typeTexts[type]).join(' or ')
    const what = `argument ${n + 1} of ${fn.name}()`
    if (arg.kind === 'string' || arg.kind === 'int' || arg.kind === 'bool') {
      if (!parameter.types.includes(arg.kind))
        return this.fault(arg.at, `${what} is ${wanted}; got ${typeTexts[arg.kind]}`, [wanted])
      if (arg.kind === 'int' && !Number.isSafeInteger(arg.value)) return this.fault(arg.at, `${what} is too large`)
      if (n === fn.regex)
        return arg.kind === 'string' && this.regex(arg.raw, arg.at)
          ? { kind: 'literal', type: 'string', value: arg.raw }
          : undefined
      const value = arg.kind === 'string' ? this.string(arg) : arg.value
      return value === undefined ? undefined : { kind: 'literal', type: arg.kind, value }
    }
    if (arg.kind === 'ip' || !isValue(arg))
      return this.fault('at' in arg ? arg.at : at, `${what} is ${wanted}`, [wanted])
    if (parameter.fixed === true) return this.fault(arg.at, `${what} is written out: ${wanted}`, [wanted])
    const value = this.value(arg)
    if (value === undefined) return undefined
    return parameter.types.includes(value.type)
      ? value
      : this.fault(arg.at, `${what} is ${wanted}; ${describe(arg)} is ${typeTexts[value.type]}`, [wanted])
  }

  /** The text of a literal. */
  string ({ value, badAt, at }: StringSyntax): string | undefined {
    return value ?? this.fault(badAt ?? at, 'a backslash in a text stands before ", \\ or x and two hexadecimal digits; write r"…" for a text without backslashes', ['\\"', '\\\\', '\\x41'])
  }
}

const isValue = (node: Syntax | Literal): node is Value =>
  node.kind === 'field' || node.kind === 'index' || node.kind === 'call'

/** `http.host`, `lower(…)`. */
const describe = (node: Value): string =>
  node.kind === 'field'
    ? node.name
    : node.kind === 'call'
    ? `${node.name}(…)`
    : `${describe(node.of)}[${typeof node.key === 'string' && node.key !== '*' ? `"${node.key}"` : node.key}]`

const operatorsOf = (type: ValueType): readonly string[] => {
  switch (type) {
    case 'string': return ['eq', 'ne', 'contains', 'matches', 'wildcard', 'in']
    case 'int': return ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'in', 'bitwise_and']
    case 'ip': return ['eq', 'ne', 'in']
    case 'bool': return ['eq', 'ne']
    default: return ['[']
  }
}
