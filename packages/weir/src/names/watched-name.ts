import { steadyClock } from '@weirlb/link'
import type { NamedAddress } from '../config/membership.ts'
import { MAX_ADDRESSES, type Answer } from './dns-lookup.ts'
import type { Pace } from './pace.ts'
import type { NameState, NameStatus } from './name-status.ts'

/**
 * A name whose addresses were known is gone when it was absent so often in a row: a DNS server that reloads has no
 * names for a moment.
 */
const ABSENT_TIMES = 3
/** Look-ups of many names are spread by this part of their time. */
const SPREAD = 0.05

/** What a watched name needs, and whom it tells. */
export interface NameMeans {
  readonly pace: Pace
  ask (name: string): Promise<Answer>
  /** Its addresses are others than before. */
  onAddresses (name: WatchedName): void
  /** Its state has changed, or addresses are left out that were not before. */
  onState (name: WatchedName): void
}

/**
 * A host name whose DNS answers are followed.
 *
 *     waiting ──► resolved ⇄ stale       questions fail, or the name was just absent: the last known addresses are used
 *        │           ▲ │
 *        │           │ ▼ absent three times in a row
 *        ├──────► absent                 the name has no addresses
 *        └──────► failing                questions fail, and no address is known
 */
export class WatchedName {
  readonly name: string
  /** Undefined until there was an answer, or where an earlier process knew none. */
  addresses: readonly NamedAddress[] | undefined
  /** Resolves with the end of the first look-up. */
  readonly first: Promise<void>
  readonly #means: NameMeans
  #state: NameState = 'waiting'
  #reason: string | undefined
  #ignored = 0
  #failures = 0
  #absences = 0
  #checkedAt: number | undefined
  #nextAt = 0
  #looking = false
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  /** `saved`: the addresses that an earlier process knew. The first look-up begins. */
  constructor (name: string, saved: readonly NamedAddress[] | undefined, means: NameMeans) {
    this.name = name
    this.addresses = saved
    this.#means = means
    this.first = this.#look()
  }

  get status (): NameStatus {
    return {
      name: this.name,
      state: this.#state,
      reason: this.#reason,
      addresses: this.addresses?.length ?? 0,
      ignored: this.#ignored,
      checkedAt: this.#checkedAt === undefined ? undefined : new Date(this.#checkedAt).toISOString(),
      nextAt: this.#looking ? undefined : new Date(this.#nextAt).toISOString()
    }
  }

  /** Look now, unless that was done a moment ago: a dial has failed. */
  lookNow (): void {
    if (
      this.#looking || this.#stopped || this.#checkedAt === undefined ||
      steadyClock.now() - this.#checkedAt < this.#means.pace.minTtlMs
    ) return
    clearTimeout(this.#timer)
    void this.#look()
  }

  stop (): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  async #look (): Promise<void> {
    this.#looking = true
    const answer = await this.#means.ask(this.name)
    this.#looking = false
    if (this.#stopped) return
    this.#checkedAt = steadyClock.now()
    const ms = this.#take(answer)
    const spread = ms * (1 + SPREAD * Math.random())
    this.#nextAt = steadyClock.now() + spread
    this.#timer = setTimeout(() => { void this.#look() }, spread).unref()
  }

  /** Returns the time until the next look-up. */
  #take (answer: Answer): number {
    const { minTtlMs, maxTtlMs, retryMs, maxRetryMs } = this.#means.pace
    if (answer.kind === 'found') {
      this.#failures = 0
      this.#absences = 0
      this.#found(answer)
      return Math.min(maxTtlMs, Math.max(minTtlMs, answer.ttlSeconds * 1000))
    }
    this.#failures++
    this.#absences = answer.kind === 'absent' ? this.#absences + 1 : 0
    const known = (this.addresses?.length ?? 0) > 0
    if (known && this.#absences >= ABSENT_TIMES) this.#set([])
    const state = (this.addresses?.length ?? 0) > 0 ? 'stale' : answer.kind === 'absent' ? 'absent' : 'failing'
    if (answer.kind === 'absent') this.addresses ??= []
    this.#enter(state, answer.reason, 0)
    return Math.min(maxRetryMs, retryMs * 2 ** Math.min(10, this.#failures - 1))
  }

  #found ({ addresses, failed }: Extract<Answer, { kind: 'found' }>): void {
    const before = this.addresses ?? []
    const answered = new Map(addresses.map(each => [keyOf(each), each]))
    // A server that answers for one family alone takes nothing away from the other.
    for (const each of before) {
      if (failed.some(({ host, family }) => host === each.host && family === (each.address.includes(':') ? 6 : 4)))
        answered.set(keyOf(each), each)
    }
    // Known ones come first, whatever their order in the answer is, and so does the bound.
    const next = [...before.map(keyOf).filter(key => answered.has(key)), ...answered.keys()]
    const keys = [...new Set(next)]
    this.#set(keys.slice(0, MAX_ADDRESSES).map(key => answered.get(key)!))
    this.#enter('resolved', failed[0]?.reason, Math.max(0, keys.length - MAX_ADDRESSES))
  }

  #set (next: readonly NamedAddress[]): void {
    const before = this.addresses
    this.addresses = next
    if (
      before === undefined || before.length !== next.length || next.some((each, i) =>
        keyOf(each) !== keyOf(before[i]!) || each.weight !== before[i]!.weight || each.priority !== before[i]!.priority
      )
    ) this.#means.onAddresses(this)
  }

  #enter (state: NameState, reason: string | undefined, ignored: number): void {
    const changed = state !== this.#state || (ignored > 0) !== (this.#ignored > 0)
    this.#state = state
    this.#reason = reason
    this.#ignored = ignored
    if (changed) this.#means.onState(this)
  }
}

const keyOf = ({ address, host, port }: NamedAddress): string => `${address} ${port ?? ''} ${host}`
