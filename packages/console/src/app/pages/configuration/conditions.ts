/** One line of the builder: a field, what is asked of it, and a value as one types it. */
export interface Condition { readonly field: string, readonly op: Operator, readonly value: string }

/** Groups joined by Or, of conditions joined by And. */
export type Conditions = readonly (readonly Condition[])[]

/** What the builder offers. `is true` has no value. */
export const operators = [
  'eq',
  'ne',
  'contains',
  'starts_with',
  'ends_with',
  'matches',
  'wildcard',
  'lt',
  'le',
  'gt',
  'ge',
  'in',
  'is true',
  'is false'
] as const
/** What is asked of a field. */
export type Operator = typeof operators[number]

const FIELD = /^[a-z_][\w.]*(?:\["[^"\\]+"\])?(?:\[(?:\d+|\*)\])?/i
const LITERAL = /^(?:"(?:[^"\\]|\\.)*"|\$[\w.:-]+|-?\d+(?:\.\d+)*(?:\/\d+)?|[0-9a-fA-F]*:[0-9a-fA-F:.]+(?:\/\d+)?)/
/** Values that stand without quotes: numbers, addresses, networks, lists. */
const BARE = /^(?:-?\d+(?:\.\d+)*(?:\/\d+)?|[0-9a-fA-F]*:[0-9a-fA-F:.]+(?:\/\d+)?|\$[\w.:-]+|\{.*\}|".*")$/s

/** Returns the expression that conditions stand for. */
export const expressionOf = (conditions: Conditions): string => {
  const groups = conditions.filter(group => group.length > 0).map(group => group.map(conditionText).join(' and '))
  return groups.length === 1 ? groups[0]! : groups.map(text => `(${text})`).join(' or ')
}

const conditionText = ({ field, op, value }: Condition): string => {
  if (op === 'is true') return field
  if (op === 'is false') return `not ${field}`
  const literal = BARE.test(value) ? value : `"${value.replaceAll(/["\\]/g, '\\$&')}"`
  if (op === 'starts_with' || op === 'ends_with') return `${op}(${field}, ${literal})`
  return `${field} ${op} ${op === 'in' && !/^[${]/.test(literal) ? `{${literal}}` : literal}`
}

/** Returns the conditions of an expression; undefined: it says more than the builder has lines for. */
export const conditionsOf = (expression: string): Conditions | undefined => {
  const reader = new Reader(expression.trim())
  if (reader.left === '') return [[]]
  const groups: Condition[][] = []
  do {
    const inside = reader.take('(')
    const group: Condition[] = []
    do {
      const condition = reader.condition()
      if (condition === undefined) return undefined
      group.push(condition)
    } while (reader.word('and'))
    if (inside && !reader.take(')')) return undefined
    groups.push(group)
  } while (reader.word('or'))
  // Without parentheses, `and` binds before `or`, as the groups do.
  return reader.left === '' ? groups : undefined
}

/** Takes pieces off the beginning of an expression. */
class Reader {
  left: string
  constructor (text: string) { this.left = text }

  match (pattern: RegExp): string | undefined {
    const [found] = pattern.exec(this.left) ?? []
    if (found === undefined) return undefined
    this.left = this.left.slice(found.length).trimStart()
    return found
  }

  take (character: '(' | ')' | ','): boolean {
    if (!this.left.startsWith(character)) return false
    this.left = this.left.slice(1).trimStart()
    return true
  }

  word (word: string): boolean { return this.match(new RegExp(`^${word}\\b`)) !== undefined }

  condition (): Condition | undefined {
    const call = this.match(/^(?:starts_with|ends_with)\(/)
    if (call !== undefined) {
      const field = this.match(FIELD)
      const value = this.take(',') ? this.match(LITERAL) : undefined
      return field === undefined || value === undefined || !this.take(')')
        ? undefined
        : { field, op: call.slice(0, -1) as Operator, value: typed(value) }
    }
    const negated = this.word('not')
    const field = this.match(FIELD)
    if (field === undefined || this.left.startsWith('(')) return undefined
    const op = negated
      ? undefined
      : this.match(/^(?:eq|ne|contains|matches|wildcard|lt|le|gt|ge|in)\b/) as Operator | undefined
    if (op === undefined) return { field, op: negated ? 'is false' : 'is true', value: '' }
    const value = this.match(op === 'in' ? /^(?:\{(?:"(?:[^"\\]|\\.)*"|[^"{}])*\}|\$[\w.:-]+)/ : LITERAL)
    return value === undefined ? undefined : { field, op, value: typed(value) }
  }
}

/** A literal as one types it: without the quotes, where it needs them anyway. */
const typed = (literal: string): string => {
  if (!literal.startsWith('"')) return literal
  const text = literal.slice(1, -1).replaceAll(/\\(["\\])/g, '$1')
  return BARE.test(text) || literal.slice(1, -1).includes('\\') && !/^(?:[^\\]|\\["\\])*$/.test(literal.slice(1, -1))
    ? literal
    : text
}
