import type { LbVserver } from '@weirlb/model'
import { CookieKeys } from '@weirlb/link'
import type { Balancer, ByToken, EveryService, Placement, Wish } from './balancer.ts'
import type { LbExplanation, Refused, TriedPersistence } from './lb-explanation.ts'
import { doubtOf } from './bound.ts'
import type { BalancingMethod } from './method.ts'
import type { SessionDirectory } from '../persistence/session-directory.ts'
import type { LbVserverStats } from '../stats/stats.ts'
import type { Keeping } from './keeping.ts'
import { Keepings } from './keepings.ts'
import { PlacePending, SpillLookup } from './pending.ts'
import { Roster } from './roster.ts'
import type { ServiceRuntime } from './service.ts'
import { TokenChoice } from './token-choice.ts'
import { type LineHost, WaitingLine } from './waiting-line.ts'

const NONE: readonly string[] = []

/** An LB vserver at work: session first, then the method's candidates in order, then the backup. */
export class LbRuntime implements Balancer, LineHost {
  readonly name: string
  readonly stats: LbVserverStats
  config: LbVserver
  backup: LbRuntime | undefined
  readonly #keepings: Keepings
  readonly #now: () => number
  readonly #makeMethod: (name: string) => BalancingMethod
  readonly #roster: Roster
  readonly #line: WaitingLine = new WaitingLine(this)
  readonly #tokens: TokenChoice
  readonly #order: number[] = []
  #removed = false

  constructor (config: LbVserver, sessions: SessionDirectory, makeMethod: (name: string) => BalancingMethod, now: () => number, stats: LbVserverStats, cookieKeys = new CookieKeys()) {
    this.name = config.name
    this.config = config
    this.stats = stats
    this.#keepings = new Keepings(config.name, sessions, cookieKeys)
    this.#now = now
    this.#makeMethod = makeMethod
    this.#roster = new Roster(makeMethod(config.method), now, () => { this.#line.onRoom() })
    this.#tokens = new TokenChoice(this.#roster, stats)
  }

  /** Take a new configuration; the method keeps its place unless it is another one. */
  configure (config: LbVserver, services: ReadonlyMap<string, ServiceRuntime>): void {
    const method = config.method === this.config.method ? undefined : this.#makeMethod(config.method)
    this.config = config
    this.#roster.configure(config, services, method)
    this.#keepings.configure(config.persistence, config.type, config.services.map(({ name }) => name))
    this.#line.onRoom()
  }

  /** Services that get no client that another can have, until the next call. */
  steerFrom (overfull: readonly string[]): void { this.#roster.steerFrom(overfull) }

  /** It is removed. */
  forget (): void {
    this.#removed = true
    this.#roster.forget()
    this.#line.onRoom()
  }

  get persistent (): boolean { return this.#keepings.any }
  get sessions (): Keeping | undefined { return this.#keepings.sessions }

  get byToken (): ByToken | undefined {
    const { state, spillover } = this.config
    const plain = state === 'enabled' && spillover === undefined && !this.#keepings.any && this.waiting === 0 && !this.#roster.someFull
    return plain ? this.#tokens : undefined
  }

  pick (placement: Placement): void {
    if (placement.known !== undefined) {
      const { sessions } = this
      placement.asking = this
      if (sessions === undefined || placement.session === undefined) this.found(placement, undefined)
      else sessions.find(placement.session, placement.known)
      return
    }
    const named = this.config.state === 'enabled' ? this.#named(placement) : undefined
    if (named !== undefined) {
      this.#keep(placement, named)
      return
    }
    if (!this.#spills(placement)) this.#choose(placement)
    else if (this.#keepings.lookUp(placement)) placement.keeping!.find(placement.key!, new SpillLookup(this, placement))
    else this.#spill(placement)
  }

  /** Its cookie names this service. */
  #keep (placement: Placement, named: ServiceRuntime): void {
    if (this.#givesWay(placement, named)) return
    this.stats.sessionHits++
    this.#place(placement, named, false)
  }

  /** Its services have so many connections that new clients go to the backup, which has room. */
  #spills (wish: Wish): boolean {
    const { spillover, state } = this.config
    return spillover !== undefined && state === 'enabled' && this.#roster.clients >= spillover.connections &&
      this.backup !== undefined && this.backup.available(wish, 1, false) > 0
  }

  #spill (placement: Placement): void {
    // A revision may have removed it while the directory was asked.
    if (this.backup === undefined) return this.#choose(placement)
    this.stats.spilled++
    this.backup.pick(placement)
  }

  /** The directory's result for a client that would spill over: it stays where it has an entry. */
  foundBeforeSpill (placement: Placement, entry: string | undefined): void {
    if (entry !== undefined && this.#canKeep(entry, placement)) this.#choose(placement)
    else this.#spill(placement)
  }

  #choose (placement: Placement): void {
    const index = this.config.state === 'enabled' ? this.#propose(placement) : -1
    const { bound, method } = this.#roster
    const proposal = bound[index]?.service
    if (proposal === undefined) {
      this.#pickBySession(placement)
      return
    }
    if (this.#givesWay(placement, proposal)) return
    // Counted before the directory returns: the clients of one burst must not all get the same service.
    method.took(index, bound)
    if (!this.#keepings.lookUp(placement)) {
      this.#place(placement, proposal, false)
      return
    }
    proposal.propose()
    placement.asking = this
    placement.proposal = proposal
    placement.keeping!.claim(placement.key!, proposal.name, this.#unavailable(placement, bound[index]!.overfull), placement)
  }

  /** No service takes new clients. One that is about to be disabled has those whose session leads there. */
  #pickBySession (placement: Placement): void {
    const enabled = this.config.state === 'enabled' && this.#roster.bound.some(({ service }) => service.config.state === 'sessions-only')
    if (!enabled || !this.#keepings.lookUp(placement)) return this.#none(placement)
    placement.asking = this
    placement.keeping!.find(placement.key!, placement)
  }

  /** Returns the service in the cookie of a request, if it can be taken. */
  #named (placement: Placement): ServiceRuntime | undefined {
    const service = this.#roster.of(this.#keepings.nameIn(placement))?.service
    return service !== undefined && this.#canKeep(service.name, placement) ? service : undefined
  }

  /** Give the client its service, once there is a place. */
  #place (placement: Placement, service: ServiceRuntime, held: boolean): void {
    if (service.admits() || placement.linkedTo?.(service) === true) this.placed(placement, service, held)
    else service.wait(new PlacePending(this, placement, service, held))
  }

  placed (placement: Placement, service: ServiceRuntime, held: boolean): void {
    this.stats.picks++
    placement.queued?.served()
    this.#keepings.mark(placement, service.name)
    placement.onPlaced(this, service, held)
  }

  claimed (placement: Placement, name: string, hit: boolean): void {
    const proposal = placement.proposal!
    this.unpropose(placement, name !== proposal.name)
    const service = name === proposal.name ? proposal : this.#roster.of(name)?.service
    if (service === undefined || !this.#keeps(service, placement)) {
      // The service was removed during the claim; claim again without it.
      placement.stray = name
      placement.keeping!.release(placement.key!)
      placement.route.pick(placement)
      return
    }
    if (hit) this.stats.sessionHits++
    else this.stats.sessionMisses++
    this.#place(placement, service, true)
  }

  // The client belongs to another one that is there already, so limits and draining do not matter.
  found (placement: Placement, name: string | undefined): void {
    placement.asking = undefined
    const service = this.#roster.of(name)?.service
    if (placement.known === undefined) {
      if (service === undefined || !this.#keeps(service, placement)) return this.#none(placement)
      service.propose()
      placement.asking = this
      placement.proposal = service
      placement.keeping!.claim(placement.key!, service.name, NONE, placement)
      return
    }
    if (service !== undefined && !service.removed && service.config.state !== 'disabled' && !placement.tried.includes(service)) {
      this.stats.picks++
      this.stats.sessionHits++
      placement.onPlaced(this, service, false)
    } else if (this.backup !== undefined) this.backup.pick(placement)
    else placement.known.onUnknown()
  }

  unpropose (placement: Placement, unused: boolean): void {
    const proposal = placement.proposal
    if (proposal === undefined) return
    placement.proposal = undefined
    proposal.unpropose()
    const { bound, method } = this.#roster
    const own = this.#roster.of(proposal.name)
    // A revision may have removed the LB vserver meanwhile: its method has no services any more.
    if (unused && own?.service === proposal && bound[own.index] === own) method.gaveBack(own.index, bound)
  }

  /**
   * Report what `pick` would do now, and why. Nothing is counted, held or pinned, and no turn is used. `told` is
   * called before this returns if `pick` would decide at once. It uses the state of one process: connections and
   * turns of other workers are not included.
   */
  explain (wish: Wish, told: (explanation: LbExplanation) => void): void {
    if (this.#spills(wish)) this.#keepings.explain(wish, name => this.#canKeep(name, wish), tried => { this.#explain(wish, tried.at(-1)?.used !== true, told) })
    else this.#explain(wish, false, told)
  }

  #explain (wish: Wish, spilled: boolean, told: (explanation: LbExplanation) => void): void {
    const examined: (Refused | undefined)[] = []
    const enabled = this.config.state === 'enabled'
    const index = enabled ? this.#propose(wish, examined) : -1
    // Evaluated now: other clients may choose during the claim.
    const candidates = enabled ? this.#order.map((at, rank) => this.#candidate(at, at === index && !spilled, rank < examined.length && !spilled, examined[rank])) : []
    const proposal = spilled ? undefined : this.#roster.bound[index]?.name
    const { spillover, queue } = this.config
    const tell = (persistence: readonly TriedPersistence[], backup: LbExplanation | undefined): void => {
      const last = persistence.at(-1)
      const used = last?.used === true
      told({
        lbVserver: this.name,
        state: this.config.state,
        method: this.config.method,
        order: this.#roster.method.explain?.(wish) ?? 'as the method puts them',
        rule: undefined,
        glb: undefined,
        candidates,
        spillover: spillover && { connections: this.#roster.clients, limit: spillover.connections, spilled },
        queue: queue && { waiting: this.waiting, limit: queue.clients },
        session: last?.key === undefined ? undefined : { key: last.key, entry: last.entry, used },
        persistence,
        service: used ? last.entry : proposal,
        by: proposal === undefined ? undefined : used ? 'session' : 'method',
        refusal: proposal === undefined && this.backup === undefined ? this.refusal : undefined,
        backup
      })
    }
    if (proposal === undefined && this.backup !== undefined) this.backup.explain(wish, backup => { tell([], backup) })
    else if (proposal === undefined) tell([], undefined)
    else this.#keepings.explain(wish, name => this.#canKeep(name, wish), tried => { tell(tried, undefined) })
  }

  /**
   * Counts the services that can take a client, and stops at `enough`; those of the backup where there is none.
   * `sure`: without doubtful ones.
   */
  available (wish: Wish, enough: number, sure: boolean): number {
    let count = 0
    if (this.config.state === 'enabled') {
      for (const { service, isNew } of this.#roster.bound) {
        if (this.#takes(service, wish) && !(sure && doubtOf(service, isNew, this.#now) !== undefined) && ++count >= enough) return count
      }
    }
    return count === 0 && this.backup !== undefined ? this.backup.available(wish, enough, sure) : count
  }

  /** A client that an entry or a cookie leads to this service gets it. */
  #canKeep (name: string, wish: Wish): boolean {
    const bound = this.#roster.of(name)
    return bound !== undefined && this.#keeps(bound.service, wish) && (!bound.overfull || this.#roster.allOverfull)
  }

  takes (service: ServiceRuntime, wish: Wish): boolean { return this.#keeps(service, wish) && this.#roster.of(service.name)?.service === service }

  every (): EveryService {
    const enabled = this.config.state === 'enabled' ? this.#roster.bound.map(({ service }) => service).filter(({ config }) => config.state === 'enabled') : []
    if (enabled.length === 0 && this.backup !== undefined) return this.backup.every()
    return { by: this, services: enabled.sort((a, b) => a.name < b.name ? -1 : 1) }
  }

  onKnown (): void {
    this.stats.picks++
    this.stats.sessionHits++
  }

  #candidate (at: number, proposed: boolean, examined: boolean, why: Refused | undefined): LbExplanation['candidates'][number] {
    const { service, weight, priority, active } = this.#roster.bound[at]!
    return { service: service.name, weight, priority, connections: active, verdict: proposed ? 'proposed' : examined ? 'skipped' : 'spare', why: proposed ? undefined : why }
  }

  #refusal (service: ServiceRuntime, wish: Wish): Refused | undefined {
    const refusal = wish.anyHealth ? service.refusalApartFromHealth : service.refusal
    if (refusal !== undefined && !(refusal === 'full' && wish.linkedTo?.(service) === true)) return refusal
    return wish.tried.includes(service) ? 'tried' : undefined
  }

  #takes (service: ServiceRuntime, wish: Wish): boolean { return this.#refusal(service, wish) === undefined }

  /** It takes a client whose session leads there. */
  #keeps (service: ServiceRuntime, wish: Wish): boolean {
    const refusal = this.#refusal(service, wish)
    return refusal === undefined || (refusal === 'sessions-only' && service.health !== 'down' && !service.full && !wish.tried.includes(service))
  }

  /**
   * Returns the index of the method's first choice that can take the client; a doubtful one only if there is no
   * other. `examined` receives the reason against each examined candidate, in order.
   */
  #propose (wish: Wish, examined?: (Refused | undefined)[]): number {
    const { bound, method } = this.#roster
    const order = this.#order
    if (bound.length === 0) {
      order.length = 0
      return -1
    }
    if (examined === undefined && wish.tried.length === 0 && !wish.anyHealth && (wish.linkedTo === undefined || !this.#roster.someFull)) {
      const first = this.#roster.first(wish)
      if (first >= 0 || this.#roster.empty) return first
    }
    method.order(bound, wish, order)
    if (this.#roster.tiered) order.sort((a, b) => bound[a]!.priority - bound[b]!.priority)
    let last = -1
    for (let i = 0; i < order.length; i++) {
      const index = order[i]!
      const refusal = this.#refusal(bound[index]!.service, wish)
      const doubt = refusal === undefined ? bound[index]!.doubt : undefined
      examined?.push(refusal ?? doubt)
      if (refusal !== undefined) continue
      if (doubt === undefined) return index
      if (last < 0) last = index
    }
    return last
  }

  /**
   * Services that an existing session must not lead to. Suspects are not among them: their clients may have state
   * there, so another client's failed dial moves nobody. `allOverfull`: a service that is not cannot be had.
   */
  #unavailable (placement: Wish, allOverfull: boolean): readonly string[] {
    if (this.#roster.whole && !this.#roster.someOverfull && placement.tried.length === 0 && placement.stray === undefined) return NONE
    // What its services are does not depend on this client.
    if (placement.tried.length === 0 && placement.stray === undefined && !placement.anyHealth && (placement.linkedTo === undefined || !this.#roster.someFull)) {
      return this.#roster.unavailable(service => this.#keeps(service, placement), !allOverfull)
    }
    const names: string[] = []
    for (const { service, overfull } of this.#roster.bound) if (!this.#keeps(service, placement) || (overfull && !allOverfull)) names.push(service.name)
    if (placement.stray !== undefined && !names.includes(placement.stray)) names.push(placement.stray)
    return names
  }

  #none (placement: Placement): void {
    if (this.backup !== undefined) {
      this.backup.pick(placement)
      return
    }
    const { refusal } = this
    if (refusal === 'limit' && this.#waits(placement, false)) return
    this.#refuse(placement, refusal)
  }

  #refuse (placement: Placement, refusal: 'limit' | 'no-service'): void {
    this.stats.noService++
    placement.onNoService(refusal)
  }

  // ── clients that wait ──────────────────────────────────────────────────────

  #waits (placement: Placement, inTurn: boolean): boolean {
    const { queue } = this.config
    return queue !== undefined && !this.#removed && this.#line.join(placement, queue.clients, queue.timeoutSeconds * 1000, inTurn)
  }

  /** Others wait for what has room now: the client comes behind them, or is refused. */
  #givesWay (placement: Placement, service: ServiceRuntime): boolean {
    if (!this.#line.precedes(placement) || this.closed || placement.linkedTo?.(service) === true) return false
    if (!this.#waits(placement, true)) this.#refuse(placement, 'limit')
    return true
  }

  /** Clients that wait for a service. */
  get waiting (): number { return this.#line.length }
  get hasRoom (): boolean { return this.config.state === 'enabled' && !this.#roster.empty }
  get closed (): boolean { return this.#removed || this.config.state !== 'enabled' || this.config.queue === undefined || this.backup !== undefined }

  serve (placement: Placement): void {
    const named = this.#named(placement)
    if (named === undefined) this.#choose(placement)
    else this.#keep(placement, named)
  }

  get active (): number { return this.#roster.active }
  get latencyMs (): number | undefined { return this.#roster.latencyMs }

  /** Why a client gets no service here. */
  get refusal (): 'limit' | 'no-service' { return this.config.state === 'enabled' && this.#roster.someFull ? 'limit' : 'no-service' }
}
