import type { Config, LbVserver } from '@weirlb/model'
import { sharesOf } from '../shares.ts'
import { DONE, Work, type JobEnd } from './work.ts'

/** How often the connections of the services are counted. */
const COUNT_MS = 1000
/**
 * How long new clients go to services below their share, after the last one was told: those that were told come back.
 */
const RETURN_MS = 30_000

/** A service of the LB vserver. */
interface Member {
  readonly name: string
  /** Its share of all clients at the beginning. */
  readonly target: number
  /** Connections at the last count, without those told since. */
  count: number
  /** Clients that are still to be told. */
  excess: number
}

/**
 * Moves clients from the services of an LB vserver that have more than their share by weight to the others. What is too
 * much at the beginning is told to go, and no more; meanwhile new and returning clients get services below their share.
 *
 *   counted ──► the excess is told, at the rate ──► it has come back, or its time is over
 */
export class Rebalance extends Work {
  override readonly endAtRestart = 'Weir was restarted, which ended all connections'
  #members: readonly Member[] | undefined
  #bound = ''
  #countedAt = 0
  #toldAt = 0
  #steered = ''

  async step (): Promise<JobEnd | undefined> {
    const now = performance.now()
    const members = this.#members ??= await this.#plan()
    if (now - this.#countedAt >= COUNT_MS) await this.#count(members)
    if (!this.atWork) return undefined
    this.#steer(members)
    await this.#tellExcess(members)
    this.record.remaining = members.reduce((sum, { excess }) => sum + excess, 0)
    if (this.record.remaining > 0) return undefined
    const back = members.every(({ count, target }) => count >= Math.floor(target))
    return back || this.record.told === 0 || performance.now() - this.#toldAt > RETURN_MS ? DONE : undefined
  }

  endIn (config: Config): JobEnd | undefined {
    const lb = this.#lbIn(config)
    if (lb === undefined) return { state: 'failed', reason: `LB vserver '${this.record.lbVserver}' was deleted` }
    const bound = JSON.stringify(lb.services)
    this.#bound ||= bound
    // A revision makes the workers forget from where they steer.
    this.#steered = ''
    return bound === this.#bound
      ? undefined
      : { state: 'cancelled', reason: `the services of LB vserver '${lb.name}' are others now` }
  }

  override rest (): void {
    super.rest()
    this.place.plane.steerFrom(this.record.lbVserver!, [])
  }

  #lbIn (config: Config): LbVserver | undefined {
    return config.lbVservers.find(({ name }) => name === this.record.lbVserver)
  }

  /** Only services that take clients have a share. */
  async #plan (): Promise<Member[]> {
    const config = this.place.config()
    const stats = await this.place.stats()
    this.#countedAt = performance.now()
    const enabled = new Set(config.services.filter(({ state }) => state === 'enabled').map(({ name }) => name))
    const bound = this.#lbIn(config)!.services.filter(({ name }) => enabled.has(name) && this.place.takesClients(name))
    const first = Math.min(...bound.map(({ priority }) => priority))
    const sharing = bound.filter(({ priority }) => priority === first)
    const weights = sharing.reduce((sum, { weight }) => sum + weight, 0)
    const total = sharing.reduce((sum, { name }) => sum + (stats.services[name]?.connections ?? 0), 0)
    const members = sharing.map(({ name, weight }): Member => {
      const count = stats.services[name]?.connections ?? 0
      const target = total * weight / weights
      return { name, target, count, excess: Math.max(0, Math.floor(count - target)) }
    })
    // Another node may have begun it.
    this.record.clients = this.record.told + members.reduce((sum, { excess }) => sum + excess, 0)
    return members
  }

  async #count (members: readonly Member[]): Promise<void> {
    this.#countedAt = performance.now()
    // Workers that have started since know nothing yet.
    this.#steered = ''
    const { services } = await this.place.stats()
    for (const member of members) member.count = services[member.name]?.connections ?? 0
  }

  #steer (members: readonly Member[]): void {
    const overfull = members.filter(({ count, target }) => count >= Math.ceil(target)).map(({ name }) => name)
    const key = overfull.join(' ')
    if (key === this.#steered) return
    this.#steered = key
    this.place.plane.steerFrom(this.record.lbVserver!, overfull)
  }

  async #tellExcess (members: readonly Member[]): Promise<void> {
    // Clients that have left by themselves are no excess any more.
    for (const member of members)
      member.excess = Math.min(member.excess, Math.max(0, Math.floor(member.count - member.target)))
    const shares = sharesOf(this.due(), members.map(({ excess }) => excess))
    for (const [i, share] of shares.entries()) {
      const member = members[i]!
      if (share === 0 || !this.atWork) continue
      const { told, more } = await this.tell('rebalanced', member.name, share)
      member.count -= told
      member.excess = told === 0 && !more ? 0 : member.excess - told
      if (told > 0) this.#toldAt = performance.now()
    }
  }
}
