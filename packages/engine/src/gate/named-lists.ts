import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import {
  type AccessRule,
  listsAmong,
  listsIn,
  type List,
  type ListType,
  type Lockdown,
  lookUp,
  parseAsn,
  type RateLimit,
  type Rule,
  runAtOnce,
  runInSlices
} from '@weirlb/model'
import { steadyClock } from '@weirlb/link'
import {
  type IpAddress,
  type IpRange,
  IpSet,
  orderingNetworks,
  type NamedList,
  type NamedLists,
  type NetworkEntry,
  NetworkTable,
  parseRange
} from '@weirlb/rules'

/** So many items are a step. */
const STEP = 200

/** What is in a list. */
interface Members<T> { has (value: T): boolean }

/** Addresses and networks: those that stay, and those that end. */
class IpMembers implements Members<IpAddress> {
  readonly #lasting: IpSet
  readonly #ending: NetworkTable<true> | undefined

  constructor (lasting: IpSet, ending: NetworkTable<true> | undefined) {
    this.#lasting = lasting
    this.#ending = ending
  }

  static * of ({ items, expires }: List): Generator<void, IpMembers> {
    const ending: NetworkEntry<true>[] = []
    const lasting: IpRange[] = []
    for (const [n, item] of items.entries()) {
      if (n % STEP === 0) yield
      const network = parseRange(item)
      if (network === undefined) continue
      const until = lookUp(expires, item)
      if (until === undefined) lasting.push(network)
      else ending.push({ network, value: true, until: Date.parse(until) })
    }
    yield
    const set = new IpSet(lasting)
    yield
    return new IpMembers(
      set,
      ending.length === 0 ? undefined : new NetworkTable(ending, yield* orderingNetworks(ending))
    )
  }

  has (ip: IpAddress): boolean { return this.#lasting.has(ip) || this.#ending?.find(ip, steadyClock.now()) === true }
}

/** Texts or numbers, with the times at which they end. */
class PlainMembers<T extends string | number> implements Members<T> {
  readonly #untils: ReadonlyMap<T, number>

  constructor (untils: ReadonlyMap<T, number>) { this.#untils = untils }

  static *of<T extends string | number> (
    { items, expires }: List,
    valueOf: (item: string) => T
  ): Generator<void, PlainMembers<T>> {
    const untils = new Map<T, number>()
    for (const [n, item] of items.entries()) {
      if (n % STEP === 0) yield
      const until = lookUp(expires, item)
      untils.set(valueOf(item), until === undefined ? Infinity : Date.parse(until))
    }
    return new PlainMembers(untils)
  }

  has (value: T): boolean {
    const until = this.#untils.get(value)
    return until !== undefined && (until === Infinity || until > steadyClock.now())
  }
}

/** The type of a list's items as fields have it. */
const valueTypes = { ip: 'ip', asn: 'int', country: 'string', string: 'string' } as const satisfies Record<
  ListType,
  NamedList['type']
>

const steps = (list: List): Generator<void, Members<never>> => {
  switch (list.type) {
    case 'ip': return IpMembers.of(list)
    case 'asn': return PlainMembers.of(list, item => parseAsn(item)!)
    case 'country':
    case 'string': return PlainMembers.of(list, item => item)
  }
}

/** What is in lists of a revision that is prepared. */
const ready = new WeakMap<List, Members<never>>()

const membersOf = (list: List): Members<never> => {
  const known = ready.get(list)
  if (known !== undefined) return known
  const made = runAtOnce(steps(list))
  ready.set(list, made)
  return made
}

/** The parts of a configuration that look into lists. */
interface Lookers {
  readonly lists: readonly List[]
  readonly rules: readonly Rule[]
  readonly rateLimits: readonly RateLimit[]
  readonly accessRules: readonly AccessRule[]
  readonly lockdowns: readonly Lockdown[]
}

/**
 * Make the lists ready that something looks into, some at a time: with 100,000 items at once, the clients of this
 * process would wait for it when the revision begins.
 */
export const prepareLists = async ({ lists, rules, rateLimits, accessRules, lockdowns }: Lookers): Promise<void> => {
  if (lists.every(list => ready.has(list))) return
  const named = new Set([
    ...[...rules, ...rateLimits].flatMap(({ expression = '' }) => listsIn(expression)),
    ...rateLimits.flatMap(({ counting = '' }) => listsIn(counting)),
    ...listsAmong('', [...accessRules.map(({ source }) => source), ...lockdowns.flatMap(({ sources }) => sources)]).map(
      ([, name]) => name
    )
  ])
  for (const list of lists)
    if (named.has(list.name) && !ready.has(list)) ready.set(list, await runInSlices(steps(list), turnOfTheLoop))
}

/** A list whose items may become others. */
class LiveList {
  readonly type: NamedList['type']
  readonly listType: ListType
  #of: List
  /** Made when it is looked into first: a list of which nobody reads costs nothing. */
  #members: Members<never> | undefined

  constructor (list: List) {
    this.type = valueTypes[list.type]
    this.listType = list.type
    this.#of = list
  }

  use (list: List): void {
    if (list === this.#of) return
    this.#of = list
    // Those who look into it would wait for it.
    if (this.#members !== undefined) this.#members = membersOf(list)
  }

  /** Make it ready, so that no client waits for it. */
  prepare (): void { this.#members ??= membersOf(this.#of) }

  has (value: unknown): boolean { return (this.#members ??= membersOf(this.#of)).has(value as never) }
}

/** The lists of a configuration as rules look into them. One that stays keeps its object, whatever is in it. */
export class ListBook implements NamedLists {
  #lists = new Map<string, LiveList>()
  #of: readonly List[] = []

  constructor (lists: readonly List[] = []) { this.use(lists) }

  /** Have the lists of another revision. */
  use (lists: readonly List[]): void {
    if (lists === this.#of) return
    this.#of = lists
    this.#lists = new Map(lists.map(list => {
      const before = this.#lists.get(list.name)
      if (before === undefined || before.listType !== list.type) return [list.name, new LiveList(list)]
      before.use(list)
      return [list.name, before]
    }))
  }

  find (name: string): NamedList | undefined { return this.#lists.get(name) as NamedList | undefined }
  names (): readonly string[] { return [...this.#lists.keys()] }
  /** The type of a list's items, as it is configured. */
  typeOf (name: string): ListType | undefined { return this.#lists.get(name)?.listType }
  /** Make lists ready that somebody is going to look into. */
  prepare (names: Iterable<string>): void { for (const name of names) this.#lists.get(name)?.prepare() }
}

const books = new WeakMap<readonly List[], ListBook>()

/** The lists of a configuration that does not run here. */
export const listsOf = (lists: readonly List[]): ListBook => {
  const known = books.get(lists)
  if (known !== undefined) return known
  const made = new ListBook(lists)
  books.set(lists, made)
  return made
}
