import { baseFields, type Looked, type Read, type Readers, type RuleValue } from '@weirlb/rules'
import type { FieldDeclaration } from '@weirlb/sdk/abi'
import type { DecisionValue, DecisionValues } from '../decisions/decision.ts'
import type { RuleSubject } from './rule-subject.ts'

/** What stands in place of a value that is not shown. */
export const HIDDEN = '(hidden)'

/** Values of one decision, items of one list, and characters of one text. */
const MAX_VALUES = 16
const MAX_ITEMS = 16
const MAX_CHARS = 256
/** Longer names of sub-protocols are tokens: browsers cannot set other headers of a WebSocket. */
const MAX_SUBPROTOCOL = 32

/** Headers, and other values with names, that are, or hold, what a client proves itself with. */
const secretHeader =
  /auth|cookie|token|secret|passw|key|credential|session|signature|jwt|csrf|xsrf|sec-websocket-protocol/i

/** A value as it is shown. */
type Show = (value: RuleValue, subject: RuleSubject) => DecisionValue

const hidden: Show = () => HIDDEN

const text = (value: string): string => value.length > MAX_CHARS ? `${value.slice(0, MAX_CHARS - 1)}…` : value

const plain: Show = value => {
  if (typeof value === 'string') return text(value)
  if (typeof value !== 'object') return value
  if (Array.isArray(value)) return listed(value as readonly string[])
  // Of headers, their names.
  return value instanceof Map ? listed([...value.keys()] as string[]) : text(String(value))
}

const listed = (items: readonly string[]): readonly string[] =>
  items.length > MAX_ITEMS
    ? [...items.slice(0, MAX_ITEMS).map(text), `… ${items.length - MAX_ITEMS} more`]
    : items.map(text)

/** Queries hold tokens. Their names are shown. */
const withoutValues = (query: string): string => query.replace(/=[^&#]*/g, '=…')

const afterMark = (value: RuleValue): string => {
  const whole = String(value)
  const mark = whole.indexOf('?')
  return text(mark < 0 ? whole : whole.slice(0, mark) + withoutValues(whole.slice(mark)))
}

/** Fields of ours that are shown otherwise than as they are. */
const shownSpecially: Readonly<Record<string, Show>> = {
  'http.cookie': hidden,
  'http.request.uri': afterMark,
  'http.request.full_uri': afterMark,
  'http.referer': afterMark,
  'http.request.uri.query': value => text(withoutValues(String(value))),
  'ws.subprotocols': value =>
    listed((value as readonly string[]).map(name => name.length > MAX_SUBPROTOCOL ? HIDDEN : name))
}

/** How a value is shown. One that the extension shows to the log is not hidden here. */
const showOf = ({ field, key }: Looked, declared: readonly FieldDeclaration[]): Show => {
  if (typeof key === 'string' && secretHeader.test(key)) return hidden
  if (Object.hasOwn(baseFields, field)) {
    return Object.hasOwn(shownSpecially, field) ? shownSpecially[field]! : plain
  }
  const index = declared.findIndex(({ name }) => name === field)
  const declaration = declared[index]
  if (declaration?.hidden !== true) return plain
  if (declaration.message) return hidden
  return (value, subject) => subject.connection?.fields?.[index] === undefined ? HIDDEN : plain(value, subject)
}

const itemOf = (value: RuleValue | undefined, key: string | number): RuleValue | undefined =>
  value instanceof Map
    ? (value as ReadonlyMap<string, readonly string[]>).get(String(key))
    : Array.isArray(value)
    ? (value as readonly string[])[Number(key)]
    : undefined

const labelOf = ({ field, key }: Looked): string => key === undefined ? field : `${field}[${JSON.stringify(key)}]`

/** Returns a function that reads what an expression looks at, as it may be shown. Missing values are left out. */
export const valuesReader = (
  looked: readonly Looked[],
  readers: Readers<RuleSubject>,
  declared: readonly FieldDeclaration[]
): (subject: RuleSubject) => DecisionValues => {
  const parts = looked.slice(0, MAX_VALUES).map((
    one
  ): { label: string, read: Read<RuleSubject>, key: Looked['key'], show: Show } => ({
    label: labelOf(one),
    read: readers(one.field),
    key: one.key,
    show: showOf(one, declared)
  }))
  return subject => {
    const values: Record<string, DecisionValue> = {}
    for (const { label, read, key, show } of parts) {
      const whole = read(subject)
      const value = key === undefined ? whole : itemOf(whole, key)
      if (value !== undefined) values[label] = show(value, subject)
    }
    return values
  }
}
