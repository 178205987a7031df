import { createHash } from 'node:crypto'
import { baseFields, type CheckedValue, IpAddress, type Read, type RuleValue } from '@weirlb/rules'
import type { LimitKey } from './limit-table.ts'
import type { RuleSubject } from './rule-subject.ts'

/** Longest text that is kept as a key; of a longer one its hash is. */
const LONGEST = 256
/** Bits of an IPv6 address that say whose it is: a client has the rest to choose from (RFC 6177). */
const NETWORK_BITS = 64

/** Fields that may hold a secret. */
const privateFields: ReadonlySet<string> = new Set([
  'http.cookie',
  'http.referer',
  'http.request.headers',
  'http.request.uri',
  'http.request.uri.query',
  'http.request.full_uri'
])

/** A value that everybody may see: what extensions publish may be for rules alone. */
const isShown = ({ value, fields }: CheckedValue): boolean =>
  value.type === 'ip' || fields.every(name => Object.hasOwn(baseFields, name) && !privateFields.has(name))

/** Reads keys of counters. */
export interface KeyReader {
  readonly key: (subject: RuleSubject) => LimitKey
  /** What the key is of, as text. */
  readonly keyText: (subject: RuleSubject) => string
  /** The same text, of a key. */
  readonly shownKey: (key: LimitKey) => string
}

/** Makes the functions that read a key, and the same as text, from the values that it is of. */
export const keyReader = (values: readonly CheckedValue[], reads: readonly Read<RuleSubject>[]): KeyReader => {
  const network = values.map(({ value }) => value.kind === 'field' && value.type === 'ip')
  const shown = values.map(isShown)
  const read = (subject: RuleSubject, n: number): RuleValue | undefined => {
    const value = reads[n]!(subject)
    return network[n] === true && value instanceof IpAddress && value.version === 6
      ? value.masked(NETWORK_BITS, false)
      : value
  }
  const keyText = (subject: RuleSubject): string => reads.map((_, n) => textOf(read(subject, n), shown[n]!)).join(', ')
  const shownPart = (part: LimitKey, n: number): string => shownValue(part, values[n]!.value.type, shown[n]!)
  if (reads.length === 0) return { key: () => '', keyText: () => '', shownKey: () => '' }
  if (reads.length === 1)
    return {
      key: subject => single(read(subject, 0)),
      keyText,
      shownKey: key => shownPart(key, 0)
    }
  return {
    shownKey: key => (partsOf(String(key), reads.length) ?? []).map(shownPart).join(', ') || hashText(String(key)),
    key: subject => {
      let key = ''
      for (let n = 0; n < reads.length; n++) {
        const part = single(read(subject, n))
        // With its length, no text runs into the next one; a missing value is no text.
        key += part === null ? '-' : typeof part === 'number' ? `${part};` : `${part.length}:${part}`
      }
      return short(key)
    },
    keyText
  }
}

const single = (value: RuleValue | undefined): LimitKey => {
  if (value === undefined) return null
  if (typeof value === 'number') return value
  if (typeof value === 'string') return short(value)
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value instanceof IpAddress) return value.version === 4 ? value.d : value.toString()
  return null
}

const short = (text: string): string =>
  text.length <= LONGEST ? text : `\0${createHash('sha256').update(text).digest('base64url')}`

/** Takes a key of so many values apart; undefined: it is of no such number. */
const partsOf = (key: string, count: number): readonly LimitKey[] | undefined => {
  if (count === 0) return key === '' ? [] : undefined
  const behind = (part: LimitKey, from: number): readonly LimitKey[] | undefined => {
    const rest = partsOf(key.slice(from), count - 1)
    return rest && [part, ...rest]
  }
  const [number] = /^-?\d+;/.exec(key) ?? []
  const [length] = /^\d+:/.exec(key) ?? []
  return (number === undefined ? undefined : behind(Number(number.slice(0, -1)), number.length)) ??
    (length === undefined
      ? undefined
      : behind(
        key.slice(length.length, length.length + Number.parseInt(length, 10)),
        length.length + Number.parseInt(length, 10)
      )) ??
    (key.startsWith('-') ? behind(null, 1) : undefined)
}

/** A kept value as `textOf` writes it. */
const shownValue = (part: LimitKey, type: CheckedValue['value']['type'], shown: boolean): string => {
  if (part === null) return '(missing)'
  if (typeof part === 'string' && part.startsWith('\0')) return hashText(part)
  const value = type === 'bool'
    ? part === 1
    : type === 'ip' && typeof part === 'number'
    ? new IpAddress(4, 0, 0, 0, part)
    : part
  return textOf(value as RuleValue, shown)
}

/** The hash that stands for a long text, as `textOf` writes hashes. */
const hashText = (kept: string): string =>
  `sha256:${Buffer.from(kept.slice(1), 'base64url').toString('hex').slice(0, 16)}`

/** A value as people read it; a private one is told apart from others by its hash alone. */
const textOf = (value: RuleValue | undefined, shown: boolean): string => {
  if (value === undefined) return '(missing)'
  const text = String(value)
  if (!shown) return `sha256:${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`
}
