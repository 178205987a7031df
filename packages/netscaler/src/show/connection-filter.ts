import { describeValue } from '@weirlb/model'
import { didYouMean } from '../words/nearest.ts'

/** A connection as filters and columns see it, in NetScaler's words. */
export interface ConnectionRow {
  readonly SRCIP: string
  readonly SRCPORT: number
  readonly DSTIP: string
  readonly DSTPORT: number
  readonly SVCNAME: string
  readonly 'LB_VSERVER.NAME': string
  readonly 'USER_VSERVER.NAME': string
  readonly SERVICE_TYPE: string
  readonly CONNID: string
  readonly IDLETIME: number
  readonly TCPSTATE: string
  /** The worker, which is what a packet engine is here. */
  readonly PPEID: number
  /** The interface with the address that the client connected to; empty where Weir listens on all of them. */
  readonly INTF: string
  readonly SESSION: string
}

/** Decides whether a connection is wanted. */
export type ConnectionFilter = (row: ConnectionRow) => boolean

/** A filter, or what is wrong with its text. */
export type ReadFilter = { readonly filter: ConnectionFilter } | { readonly fault: string }

/** Longest text of a filter, as on a NetScaler. */
const MAX_LENGTH = 255
/** Deepest parentheses. */
const MAX_DEPTH = 16

const fields: Readonly<Record<string, (row: ConnectionRow) => readonly (string | number)[]>> = {
  SRCIP: row => [row.SRCIP],
  DSTIP: row => [row.DSTIP],
  IP: row => [row.SRCIP, row.DSTIP],
  SRCPORT: row => [row.SRCPORT],
  DSTPORT: row => [row.DSTPORT],
  PORT: row => [row.SRCPORT, row.DSTPORT],
  SVCNAME: row => [row.SVCNAME],
  'LB_VSERVER.NAME': row => [row['LB_VSERVER.NAME']],
  'USER_VSERVER.NAME': row => [row['USER_VSERVER.NAME']],
  // What switches content is a user vserver.
  'CS_VSERVER.NAME': row => [row['USER_VSERVER.NAME']],
  SERVICE_TYPE: row => [row.SERVICE_TYPE],
  CONNID: row => [row.CONNID],
  IDLETIME: row => [row.IDLETIME],
  TCPSTATE: row => [row.TCPSTATE],
  SESSION: row => [row.SESSION],
  PPEID: row => [row.PPEID],
  INTF: row => [row.INTF],
  // The kernel has taken the tag away, and there is one traffic domain.
  VLANID: () => [0], TRAFFIC_DOMAIN_ID: () => [0]
}
const numeric: readonly string[] = ['SRCPORT', 'DSTPORT', 'PORT', 'IDLETIME', 'PPEID', 'VLANID', 'TRAFFIC_DOMAIN_ID']

type Test = (value: string | number, operands: readonly (string | number)[]) => boolean
const operations: Readonly<
  Record<string, { readonly operands: 1 | 2, readonly on: 'number' | 'text' | 'both', readonly test: Test }>
> = {
  EQ: { operands: 1, on: 'both', test: (value, [a]) => same(value, a!) },
  NE: { operands: 1, on: 'both', test: (value, [a]) => !same(value, a!) },
  GT: { operands: 1, on: 'number', test: (value, [a]) => value > a! },
  GE: { operands: 1, on: 'number', test: (value, [a]) => value >= a! },
  LT: { operands: 1, on: 'number', test: (value, [a]) => value < a! },
  LE: { operands: 1, on: 'number', test: (value, [a]) => value <= a! },
  BETWEEN: { operands: 2, on: 'number', test: (value, [a, b]) => value >= a! && value <= b! },
  CONTAINS: { operands: 1, on: 'text', test: (value, [a]) => folded(value).includes(folded(a!)) },
  STARTSWITH: { operands: 1, on: 'text', test: (value, [a]) => folded(value).startsWith(folded(a!)) },
  ENDSWITH: { operands: 1, on: 'text', test: (value, [a]) => folded(value).endsWith(folded(a!)) }
}

const folded = (value: string | number): string => String(value).toLowerCase()
const same = (a: string | number, b: string | number): boolean =>
  typeof a === 'number' ? a === b : folded(a) === folded(b)

/**
 * Read a filter of the connection table: `CONNECTION.LB_VSERVER.NAME.EQ("x") && CONNECTION.IDLETIME.GT(100)`. `&&`
 * binds before `||`; there may be parentheses. Words are taken in any case.
 */
export const readConnectionFilter = (text: string): ReadFilter => {
  if (text.length > MAX_LENGTH)
    return { fault: `a filter has at most ${MAX_LENGTH} characters; this one has ${text.length}` }
  try {
    return { filter: new FilterReader(text).read() }
  } catch (error) {
    if (error instanceof FilterFault) return { fault: error.message }
    throw error
  }
}

class FilterFault extends Error {}

class FilterReader {
  readonly #text: string
  #at = 0
  #depth = 0

  constructor (text: string) { this.#text = text }

  read (): ConnectionFilter {
    const filter = this.#either()
    if (this.#rest !== '') throw this.#fault('&& or || or the end')
    return filter
  }

  get #rest (): string { return this.#text.slice(this.#at).trimStart() }

  #fault (expected: string): FilterFault {
    return new FilterFault(`expected ${expected}, got ${this.#rest === '' ? 'the end' : describeValue(this.#rest)}`)
  }

  #take (pattern: RegExp): RegExpExecArray | undefined {
    const skipped = this.#text.length - this.#at - this.#rest.length
    const match = pattern.exec(this.#rest)
    if (match === null) return undefined
    this.#at += skipped + match[0].length
    return match
  }

  #either (): ConnectionFilter {
    const choices = [this.#both()]
    while (this.#take(/^\|\|/) !== undefined) choices.push(this.#both())
    return row => choices.some(choice => choice(row))
  }

  #both (): ConnectionFilter {
    const parts = [this.#one()]
    while (this.#take(/^&&/) !== undefined) parts.push(this.#one())
    return row => parts.every(part => part(row))
  }

  #one (): ConnectionFilter {
    if (this.#take(/^\(/) !== undefined) {
      if (++this.#depth > MAX_DEPTH) throw new FilterFault(`more than ${MAX_DEPTH} parentheses in one another`)
      const inner = this.#either()
      if (this.#take(/^\)/) === undefined) throw this.#fault("')'")
      this.#depth--
      return inner
    }
    const path = this.#take(/^CONNECTION\.([A-Z_.]+)\.([A-Z]+)\(/i)
    if (path === undefined) throw this.#fault('CONNECTION.<field>.<operation>(<value>)')
    const [field, operation] = [path[1]!.toUpperCase(), path[2]!.toUpperCase()]
    if (!Object.hasOwn(fields, field))
      throw new FilterFault(
        `no field '${path[1]}'${didYouMean(field, Object.keys(fields))}; there are: ${Object.keys(fields).join(', ')}`
      )
    if (!Object.hasOwn(operations, operation))
      throw new FilterFault(
        `no operation '${path[2]}'${didYouMean(operation, Object.keys(operations))}; there are: ${
          Object.keys(operations).join(', ')
        }`
      )
    const { operands, on, test } = operations[operation]!
    const isNumber = numeric.includes(field)
    if (on !== 'both' && (on === 'number') !== isNumber)
      throw new FilterFault(
        `${operation} is for ${on === 'number' ? 'numbers' : 'text'}, and ${field} is ${isNumber ? 'a number' : 'text'}`
      )
    const values = [this.#value(isNumber)]
    while (this.#take(/^,/) !== undefined) values.push(this.#value(isNumber))
    if (values.length !== operands) throw new FilterFault(`${operation} takes ${operands === 1 ? 'one value' : 'two values'}, got ${values.length}`)
    if (this.#take(/^\)/) === undefined) throw this.#fault("')'")
    const read = fields[field]!
    return row => read(row).some(value => test(value, values))
  }

  #value (isNumber: boolean): string | number {
    const quoted = this.#take(/^"((?:[^"\\]|\\.)*)"/) ?? this.#take(/^'([^']*)'/)
    const word = quoted?.[1]?.replace(/\\(.)/g, '$1') ?? this.#take(/^[^\s,()"']+/)?.[0]
    if (word === undefined) throw this.#fault('a value')
    if (!isNumber) return word
    if (!/^\d+$/.test(word)) throw new FilterFault(`expected a number, got ${describeValue(word)}`)
    return Number(word)
  }
}
