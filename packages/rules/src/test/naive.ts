// A slow reference of the language, which shares no code with the compiler: it walks the syntax and looks every name
// up.
import { parseIp } from '../address/ip-address.ts'
import { parse } from '../language/parse.ts'
import type { Comparison, Literal, Syntax, Value } from '../language/syntax.ts'

type Values = Readonly<Record<string, unknown>>

/** Returns what an expression says of values by name. Throws for one that does not parse. */
export const naively = (text: string, values: Values): boolean => {
  const parsed = parse(text)
  if (!parsed.ok) throw new Error(parsed.faults[0]!.message)
  return truth(parsed.value, values)
}

const truth = (node: Syntax, values: Values): boolean => {
  switch (node.kind) {
    case 'and': return node.of.every(each => truth(each, values))
    case 'or': return node.of.some(each => truth(each, values))
    case 'xor': return node.of.filter(each => truth(each, values)).length % 2 === 1
    case 'not': return !truth(node.of, values)
    case 'compare': {
      const value = valueOf(node.of, values)
      return value !== undefined && compare(value, node)
    }
    default: return valueOf(node, values) === true
  }
}

const literal = (node: Literal): unknown => node.kind === 'ip' ? parseIp(node.from)!.toString() : node.value

const wild = (pattern: string, flags: string): RegExp =>
  new RegExp(`^${pattern.replace(/[.*+?^${}()|[\]\\]/g, char => char === '*' ? '[^]*' : `\\${char}`)}$`, flags)

const compare = (value: unknown, { op, right }: Comparison): boolean => {
  if (right.kind === 'list') throw new Error('no lists here')
  if (right.kind === 'set') {
    return right.items.some(item => {
      if (item.kind === 'range') return (value as number) >= item.from && (value as number) <= item.to
      return item.kind === 'ip' ? inNetwork(value as string, item) : value === item.value
    })
  }
  const other = literal(right)
  switch (op) {
    case 'eq': return value === other
    case 'ne': return value !== other
    case 'lt': return (value as number) < (other as number)
    case 'le': return (value as number) <= (other as number)
    case 'gt': return (value as number) > (other as number)
    case 'ge': return (value as number) >= (other as number)
    case 'bitwise_and': return (BigInt(value as number) & BigInt(other as number)) !== 0n
    case 'contains': return (value as string).split(other as string).length > 1
    case 'matches': return new RegExp((right as { raw: string }).raw, 'u').test(value as string)
    case 'wildcard': return wild(other as string, 'iu').test(value as string)
    case 'strict wildcard': return wild(other as string, 'u').test(value as string)
    case 'in': return inNetwork(value as string, right as Extract<Literal, { kind: 'ip' }>)
  }
}

const numberOf = (address: string): bigint => {
  const { version, a, b, c, d } = parseIp(address)!
  return [version, a, b, c, d].reduce((sum, word) => sum << 32n | BigInt(word), 0n)
}

const inNetwork = (
  address: string,
  { from, to, prefix }: { readonly from: string, readonly to: string | undefined, readonly prefix: number | undefined }
): boolean => {
  const [value, first] = [numberOf(address), numberOf(from)]
  if (to !== undefined) return value >= first && value <= numberOf(to)
  const hosts = prefix === undefined ? 0n : BigInt((parseIp(from)!.version === 4 ? 32 : 128) - prefix)
  return value >> hosts === first >> hosts
}

const valueOf = (node: Value, values: Values): unknown => {
  if (node.kind === 'field') return values[node.name]
  if (node.kind === 'index') {
    const of = valueOf(node.of, values) as Record<string | number, unknown> | undefined
    return of?.[node.key]
  }
  if (node.name === 'any' || node.name === 'all') {
    const { of, ...comparison } = node.args[0] as Comparison
    const list = valueOf((of as { of: Value }).of, values) as unknown[] | undefined
    if (list === undefined) return false
    const each = (item: unknown): boolean => compare(item, { of, ...comparison })
    return node.name === 'any' ? list.some(each) : list.every(each)
  }
  const args = node.args.map(arg =>
    arg.kind === 'string' || arg.kind === 'int' ? arg.value : valueOf(arg as Value, values)
  )
  if (args.includes(undefined)) return undefined
  switch (node.name) {
    case 'lower':
      return (args[0] as string).toLowerCase()
    case 'upper':
      return (args[0] as string).toUpperCase()
    case 'len':
      return typeof args[0] === 'string' ? new TextEncoder().encode(args[0]).length : (args[0] as unknown[]).length
    case 'starts_with':
      return (args[0] as string).indexOf(args[1] as string) === 0
    case 'concat':
      return args.join('')
    default:
      throw new Error(`no ${node.name} here`)
  }
}
