import { Buffer } from 'node:buffer'
import type { IpAddress } from '../address/ip-address.ts'
import type { LinearRegex } from './regex.ts'
import type { RuleValue, ValueType } from './types.ts'

/** What an argument may be: a value of these types, or a literal. `fixed`: a literal only. */
interface Parameter { readonly types: readonly ValueType[], readonly fixed?: true }

/** A function of the language. It is called with values of its parameters' types. */
export interface RuleFunction {
  readonly name: string
  readonly result: ValueType
  readonly parameters: readonly Parameter[]
  /** Parameters from this one on may be left out. Default: none. */
  readonly optionalFrom?: number
  /** The last parameter may be repeated. */
  readonly repeats?: true
  readonly doc: string
  /** The parameter that is a regular expression. */
  readonly regex?: number
  /** Undefined: there is no such value, and no comparison of it is true. */
  call (args: readonly RuleValue[], regex?: LinearRegex): RuleValue | undefined
}

const string: Parameter = { types: ['string'] }
const int: Parameter = { types: ['int'], fixed: true }
const text: Parameter = { types: ['string'], fixed: true }
const ip: Parameter = { types: ['ip'] }

/** Maximum characters that `concat` and `join` make. */
const MAX_TEXT = 65_536
/** Maximum items of `split`. */
const MAX_ITEMS = 128

const define = (fn: RuleFunction): [string, RuleFunction] => [fn.name, fn]

/** The part of an address that a prefix keeps; undefined for a prefix that the version does not have. */
const network = (address: IpAddress, bits4: number, bits6: number): IpAddress | undefined => {
  const bits = address.version === 4 ? bits4 : bits6
  return bits >= 0 && bits <= (address.version === 4 ? 32 : 128) ? address.masked(bits, false) : undefined
}

/** Follow names and numbers into a JSON document; undefined where there is nothing. */
const lookUp = ([document, ...path]: readonly RuleValue[]): unknown => {
  try {
    let at: unknown = JSON.parse(document as string)
    for (const key of path as readonly (string | number)[]) {
      if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
      at = (at as Readonly<Record<string, unknown>>)[key]
    }
    return at
  } catch {
    return undefined
  }
}

const pathParameter: Parameter = { types: ['string', 'int'], fixed: true }

/** Functions by name, but for `any` and `all`, whose arguments are no values. */
export const functions: ReadonlyMap<string, RuleFunction> = new Map([
  define({ name: 'lower', result: 'string', parameters: [string], doc: 'The text in lower case.', call: ([a]) => (a as string).toLowerCase() }),
  define({ name: 'upper', result: 'string', parameters: [string], doc: 'The text in upper case.', call: ([a]) => (a as string).toUpperCase() }),
  define({
    name: 'len', result: 'int', parameters: [{ types: ['string', 'strings'] }], doc: 'Bytes of a text in UTF-8, or items of a list.',
    call: ([a]) => typeof a === 'string' ? Buffer.byteLength(a) : (a as readonly string[]).length
  }),
  define({ name: 'starts_with', result: 'bool', parameters: [string, string], doc: 'True if the text begins with the other.', call: ([a, b]) => (a as string).startsWith(b as string) }),
  define({ name: 'ends_with', result: 'bool', parameters: [string, string], doc: 'True if the text ends with the other.', call: ([a, b]) => (a as string).endsWith(b as string) }),
  define({
    name: 'concat', result: 'string', parameters: [{ types: ['string', 'int', 'bool', 'ip'] }], repeats: true, doc: 'All values as one text.',
    call: args => args.map(String).join('').slice(0, MAX_TEXT)
  }),
  define({
    name: 'substring',
    result: 'string',
    parameters: [string, int, int],
    optionalFrom: 2,
    doc: 'Characters from a position to another, which is not among them; negative positions count from the end.',
    call: ([a, from, to]) => (a as string).slice(from as number, to as number | undefined)
  }),
  define({ name: 'to_string', result: 'string', parameters: [{ types: ['int', 'bool', 'ip'] }], doc: 'The value as text.', call: ([a]) => String(a) }),
  define({
    name: 'url_decode', result: 'string', parameters: [string], doc: 'The text with `%41` and `+` decoded. Missing if a sequence is invalid.',
    call: ([a]) => { try { return decodeURIComponent((a as string).replaceAll('+', ' ')) } catch { return undefined } }
  }),
  define({
    name: 'decode_base64', result: 'string', parameters: [string], doc: 'The bytes of a Base64 text, as UTF-8. Missing if it is none.',
    call: ([a]) => /^[A-Za-z0-9+/_-]*={0,2}$/.test(a as string) ? Buffer.from(a as string, 'base64').toString() : undefined
  }),
  define({
    name: 'lookup_json_string', result: 'string', parameters: [string, pathParameter], repeats: true, doc: 'The text at a path of names and positions in a JSON document.',
    call: args => { const found = lookUp(args); return typeof found === 'string' ? found : undefined }
  }),
  define({
    name: 'lookup_json_integer', result: 'int', parameters: [string, pathParameter], repeats: true, doc: 'The whole number at a path of names and positions in a JSON document.',
    call: args => { const found = lookUp(args); return Number.isSafeInteger(found) ? found as number : undefined }
  }),
  define({
    name: 'split', result: 'strings', parameters: [string, text, int], optionalFrom: 2, doc: `Parts of the text between separators; at most so many, and at most ${MAX_ITEMS}.`,
    call: ([a, separator, most]) => (a as string).split(separator as string, Math.max(0, Math.min(MAX_ITEMS, most as number | undefined ?? MAX_ITEMS)))
  }),
  define({ name: 'join', result: 'string', parameters: [{ types: ['strings'] }, text], doc: 'The items of a list as one text, with a separator.', call: ([a, separator]) => (a as readonly string[]).join(separator as string).slice(0, MAX_TEXT) }),
  define({
    name: 'regex_replace', result: 'string', parameters: [string, text, text], regex: 1, doc: 'The text with the first match of a regular expression replaced; `$1` stands for a group. One that there is not stays as it is written.',
    call: ([a, , by], regex) => regex!.replace(a as string, by as string)
  }),
  define({
    name: 'cidr',
    result: 'ip',
    parameters: [ip, int, int],
    doc: 'The network of an address: with the first prefix for IPv4, the second for IPv6.',
    call: ([a, four, six]) => network(a as IpAddress, four as number, six as number)
  }),
  define({
    name: 'cidr6',
    result: 'ip',
    parameters: [ip, int],
    doc: 'The network of an IPv6 address; an IPv4 address as it is.',
    call: ([a, six]) => network(a as IpAddress, 32, six as number)
  })
])
