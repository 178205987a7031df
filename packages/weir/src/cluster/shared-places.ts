import type { LeveledLog } from '../log.ts'
import type { PlaceKeeper, PlaceSource } from '../data-plane.ts'
import type { Nodes } from './nodes.ts'
import type { SharedRecord, SharedStore } from './shared-store.ts'
import type { StoreLine } from './store-line.ts'

/** How long changes wait to be settled together. */
const SETTLE_MS = 10
/** Attempts of one exchange while other nodes write, too. */
const TRIES = 10
/** Most places that a node takes beyond those that it needs. */
const MOST_SPARE = 1000
/** After the store has lost its records no node takes more until all have said what they have. */
const LOST_MS = 6000
const KIND = 'places'
const WANTED = 'places-wanted'

/** What a node has of a service, and how many more it wants. */
type Part = readonly [places: number, wanted: number]

/** A service with a limit on this node. */
interface Account {
  /** Over all nodes. */
  bound: number
  /** What this node lends by itself. Never more than `stored`, while the store has that. */
  part: number
  /** What the store has as this node's. */
  stored: number
  used: number
  wanted: number
  /** What the others were told that this node wants. */
  asked: number
  isExact: boolean
  /** The part is known. */
  known: boolean
  /** At the last look, places were free that no node had. */
  some: boolean
  /** At the last look, other nodes wanted places. */
  othersWant: boolean
}

/** How the places of all services are divided, in numbers. */
export interface PlacesShown {
  readonly service: string
  readonly bound: number
  readonly part: number
  readonly used: number
}

/**
 * Divides the places of services with `maxClients` among the nodes: the store has each node's part, and the sum of the
 * parts is never more than the limit. A node lends its part to clients without asking anybody.
 *
 *   part runs low ──► a larger one, in advance, by compare-and-set
 *   part is used up ──► those that wait get what is left, or are refused; the others learn that it wants some
 *   another node wants some ──► free ones come back from the workers ──► half of them go to it
 *   the store is away ──► the part stays
 *   a node's card has ended ──► its part is free
 */
export class SharedPlaces implements PlaceSource {
  readonly #store: SharedStore
  readonly #line: StoreLine
  readonly #nodes: Nodes
  readonly #log: LeveledLog
  readonly #accounts = new Map<string, Account>()
  #keeper: PlaceKeeper | undefined
  #state: 'new' | 'sharing' | 'left' = 'new'
  #timer: NodeJS.Timeout | undefined
  #settling = false
  #again = false
  #lostUntil = 0

  constructor (store: SharedStore, line: StoreLine, nodes: Nodes, log: LeveledLog) {
    this.#store = store
    this.#line = line
    this.#nodes = nodes
    this.#log = log
  }

  // ── what the node's ledger says ────────────────────────────────────────────

  supply (keeper: PlaceKeeper): void { this.#keeper = keeper }

  configure (limits: ReadonlyMap<string, number>): void {
    for (const service of this.#accounts.keys()) if (!limits.has(service)) this.#accounts.delete(service)
    for (const [service, bound] of limits) {
      const account = this.#accounts.get(service)
      if (account === undefined)
        this.#accounts.set(service, {
          bound,
          part: 0,
          stored: 0,
          used: 0,
          wanted: 0,
          asked: 0,
          isExact: false,
          known: false,
          some: true,
          othersWant: false
        })
      else account.bound = bound
    }
    this.#settleSoon()
  }

  used (service: string, used: number, wanted: number, isExact: boolean): void {
    const account = this.#accounts.get(service)
    if (account === undefined) return
    account.used = used
    account.wanted = wanted
    account.isExact = isExact
    if (this.#state === 'left') {
      // The clients that it has left go on with what there is.
      if (wanted > 0) this.#keeper?.none(service)
      return
    }
    const isLow = account.part - used < account.part / 8
    if (
      wanted > account.asked || (wanted === 0 && account.asked > 0) || (isLow && account.some) ||
      (account.othersWant && used < account.part)
    ) this.#settleSoon()
  }

  // ── what the store says ────────────────────────────────────────────────────

  /** The node has its card. */
  start (): void {
    this.#state = 'sharing'
    this.#settleSoon()
  }

  /** The node gives its card away. */
  stop (): void {
    this.#state = 'left'
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Records of a kind are others. */
  onChanged (kind: string): void {
    if (kind === '') this.#settleSoon()
    else if (kind === KIND) for (const { asked } of this.#accounts.values()) if (asked > 0) { this.#settleSoon(); break }
  }

  /** Another node has sent something. */
  onMessage (topic: string): void { if (topic === WANTED) this.#settleSoon() }

  /** The store has lost its records, and is told of them. */
  lost (): void {
    this.#lostUntil = performance.now() + LOST_MS
    this.#settleSoon()
  }

  /** Compare with the other nodes. */
  settle (): void { if (this.#accounts.size > 0) this.#settleSoon() }

  get shown (): readonly PlacesShown[] {
    return [...this.#accounts].map(([service, { bound, part, used }]) => ({ service, bound, part, used }))
  }

  #settleSoon (): void {
    if (this.#state !== 'sharing') return
    if (this.#settling) this.#again = true
    else this.#timer ??= setTimeout(() => { void this.#settle() }, SETTLE_MS).unref()
  }

  async #settle (): Promise<void> {
    this.#timer = undefined
    this.#settling = true
    this.#again = false
    try {
      for (let tries = 0; await this.#exchange(); tries++)
        if (tries === TRIES) throw new Error('other nodes write all the time')
    } catch (error) {
      // Each node goes on with its part.
      if (!this.#line.away) this.#log.warn({ error: (error as Error).message }, 'places of services were not shared')
      for (const [service, account] of this.#accounts)
        if (account.wanted > 0 || !account.known) this.#keeper?.none(service)
    } finally {
      this.#settling = false
    }
    if (this.#again) this.#settleSoon()
  }

  /** True if another node was faster. */
  async #exchange (): Promise<boolean> {
    // In this order: who has a part had its card before.
    const [records, nodes] = await this.#line.call(async () =>
      await Promise.all([this.#store.read(KIND), this.#nodes.cards()])
    )
    const { id } = this.#nodes
    const alive = new Set([...nodes.map(node => node.id), id])
    const found = new Map(records.map(record => [record.name, { record, parts: partsOf(record, alive) }]))
    const writes: Promise<boolean>[] = []
    const wanted: string[] = []
    for (const [service, account] of this.#accounts) {
      const there = found.get(service)
      const parts = there?.parts ?? new Map<string, Part>()
      const before = parts.get(id)
      account.stored = before?.[0] ?? 0
      const part = this.#fair(service, account, parts, alive.size)
      const wants = Math.max(0, account.used + account.wanted - part)
      // What is given away is lent to nobody from now on, and what is taken only once it is this node's.
      if (part < account.part) this.#apply(service, account, part)
      if (part !== account.stored || wants !== (before?.[1] ?? 0)) {
        if (wants > (before?.[1] ?? 0)) wanted.push(service)
        parts.set(id, [part, wants])
        writes.push(this.#write(service, parts, there?.record.version ?? 0, () => {
          account.stored = part
          account.asked = wants
          this.#apply(service, account, part)
        }))
      } else {
        account.asked = wants
        this.#apply(service, account, part)
      }
    }
    for (const [service, { record, parts }] of found)
      if (!this.#accounts.has(service) && parts.delete(id)) writes.push(
          this.#write(service, parts, record.version, () => {})
        )
    const done = await Promise.all(writes)
    if (wanted.length > 0 && done.every(each => each))
      await this.#line.call(async () => {
        await this.#store.publish(WANTED, '')
      })
    return done.includes(false)
  }

  /** Returns the part that this node is to have. */
  #fair (service: string, account: Account, parts: ReadonlyMap<string, Part>, nodes: number): number {
    const { bound, part, used, wanted, isExact } = account
    let others = 0
    let otherWants = 0
    for (const [node, [places, wants]] of parts) {
      if (node === this.#nodes.id) continue
      others += places
      otherWants += wants
    }
    const own = Math.max(part, used)
    const free = bound - others - own
    account.some = free > 0
    account.othersWant = otherWants > 0
    if (free < 0) {
      if (own > used) return Math.max(used, own + free)
      if (!isExact) this.#keeper?.recall(service)
      return own
    }
    if (performance.now() < this.#lostUntil) return own
    const needed = Math.max(0, used + wanted - own)
    // Others are served first from what is free; what this node has free goes half to them.
    if (otherWants > 0 && wanted === 0) {
      if (free >= otherWants) return own
      if (own === used && !isExact) this.#keeper?.recall(service)
      return own - Math.min(otherWants - free, Math.ceil((own - used) / 2))
    }
    const spare = otherWants > 0 ? 0 : Math.min(MOST_SPARE, Math.floor((free - needed) / (2 * nodes)))
    const reserve = own - used
    if (needed > 0) return own + Math.min(free, needed + Math.max(0, spare))
    if (reserve < spare / 2) return used + spare
    // What has become free is the others', too.
    return reserve > 2 * spare + 1 && reserve > own / 2 ? used + Math.max(spare, Math.ceil(reserve / 2)) : own
  }

  #apply (service: string, account: Account, part: number): void {
    const changed = part !== account.part || !account.known
    account.part = part
    account.known = true
    if (changed) this.#keeper?.lend(service, part)
    if (account.wanted > 0 && account.used + account.wanted > part) this.#keeper?.none(service)
  }

  async #write (
    service: string,
    parts: ReadonlyMap<string, Part>,
    expect: number,
    onWritten: () => void
  ): Promise<boolean> {
    const value = parts.size === 0 ? undefined : JSON.stringify(Object.fromEntries(parts))
    const version = await this.#line.call(async () =>
      await this.#store.write({ kind: KIND, name: service, value, expect })
    )
    if (version !== undefined) onWritten()
    return version !== undefined
  }
}

/** The parts of nodes that live. What no node has written counts as none. */
const partsOf = ({ value }: SharedRecord, alive: ReadonlySet<string>): Map<string, Part> => {
  let read: unknown
  try { read = JSON.parse(value) } catch { return new Map() }
  if (typeof read !== 'object' || read === null) return new Map()
  return new Map(
    Object.entries(read).filter((entry): entry is [string, Part] => alive.has(entry[0]) && isPart(entry[1]))
  )
}

const isPart = (value: unknown): value is Part =>
  Array.isArray(value) && value.length === 2 && value.every(each => Number.isInteger(each) && each >= 0)
