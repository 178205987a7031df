import type { CloseReason, FloodControlId, LayerName, UserVserver } from '@weirlb/model'
import { AddressSet, type ClientFacts, type LinkError } from '@weirlb/link'
import { type ChallengedRequest, Challenger } from '../challenge/challenger.ts'
import type { Clearances } from '../challenge/clearance.ts'
import type { Connection } from '../connection/connection.ts'
import type { Decider } from '../decisions/decision.ts'
import type { Decisions } from '../decisions/decisions.ts'
import { endControl, goodEnds, layerControl } from '../floods/control-of.ts'
import { challenged, type FloodDecision, type FloodRefusal, momentOf } from '../floods/flood-decision.ts'
import { type FloodLook, undecidable } from '../floods/flood-look.ts'
import { FloodGuard } from '../floods/flood-guard.ts'
import type { FloodWorld } from '../floods/flood-world.ts'
import { Stalls } from '../floods/stalls.ts'
import { ClientSubject, type NamedConnection } from '../gate/client-subject.ts'
import type { Refusal } from '../gate/gate.ts'
import type { Geo } from '../geo/geo.ts'
import type { Log } from '../log.ts'
import type { UserVserverStats } from '../stats/stats.ts'

/** What the user vservers of an engine share against floods. */
export interface FloodContext {
  readonly log: Log
  readonly floods: FloodWorld
  readonly clearances: Clearances
  /** Takes what they decide. */
  readonly decisions: Decisions
  /** Where addresses are. */
  readonly geo: Geo
  /** A user vserver has begun or ended defence mode. */
  onDefence (userVserver: string, defending: boolean, reason: string): void
}

/** Seconds after which lines about refused clients that were left out get one. */
const LINE_SECONDS = 10

/** Keeps floods out of a user vserver, at each place of a client's life. */
export class FloodDoor {
  readonly guard: FloodGuard
  readonly challenger: Challenger
  /** Of its user vserver. */
  readonly name: string
  readonly #context: FloodContext
  readonly #stalls = new Stalls()
  readonly #deciders = new Map<string, Decider>()
  /** Whose connections begin with a header that has their client's address. */
  #balancers: AddressSet | undefined
  #seconds = 0

  constructor (config: UserVserver, context: FloodContext, stats: Pick<UserVserverStats, 'floods'>) {
    this.name = config.name
    this.#context = context
    this.guard = new FloodGuard(config, context.floods, stats.floods)
    this.challenger = new Challenger(config.name, this.guard, context.clearances)
  }

  configure (config: UserVserver): void {
    this.guard.configure(config)
    this.#balancers = config.proxyProtocol && new AddressSet(config.proxyProtocol.from)
    if (config.floods.mode !== 'auto') this.#watch()
  }

  get geo (): Geo { return this.#context.geo }

  /**
   * A client has connected. Returns why it is one too many; undefined: it is counted now, or once its address is known.
   */
  admit (client: ClientFacts): Refusal | undefined {
    return this.#balancers?.has(client.address) === true ? undefined : this.#admit(client)
  }

  /** The layer of the PROXY protocol is open. Without a header of a balancer the client was counted when it came. */
  identify (client: ClientFacts): Refusal | undefined {
    return client.proxied === undefined && this.#balancers?.has(client.address) !== true
      ? undefined
      : this.#admit(client)
  }

  #admit (client: ClientFacts): Refusal | undefined {
    const refused = this.guard.admit(client.address)
    if (refused === undefined) return undefined
    this.#report(refused, client)
    return { reason: 'flood', detail: refused.detail }
  }

  /** Returns how it takes a client that connects now, and asks for this; undefined: it asks for nothing. */
  describe (client: ClientFacts, request: ChallengedRequest | undefined, upgrade: boolean): FloodLook {
    const { guard } = this
    const { address } = client
    const { off } = guard.config.floods
    const found = guard.look(address) ?? (request && this.challenger.suspects(client, request, upgrade))
    return {
      defending: guard.defending,
      exempt: guard.exempts(address),
      knownGood: guard.isGood(address),
      threat: guard.threat(address),
      control: found?.control,
      detail: found?.detail,
      undecided: undecidable.filter(control => !off.includes(control))
    }
  }

  /** Returns why a client with this session key would be refused; nothing is counted. */
  wouldRefuseKey (key: string, { address }: ClientFacts): string | undefined {
    return this.guard.lookAtKey(key, address)?.detail
  }

  /** Returns why a client that connected now would be refused; nothing is counted. */
  wouldRefuse (client: ClientFacts): Refusal | undefined {
    const refused = this.guard.look(client.address)
    return refused && { reason: 'flood', detail: refused.detail }
  }

  /** The user vserver has as many clients as it may have. */
  onFull (client: ClientFacts, detail: string): void { this.#acted('D004', client, detail) }

  /** Returns why a client with this session key is refused; undefined: it is not. */
  keyRefusal (key: string, client: ClientFacts, connection: NamedConnection): string | undefined {
    const refused = this.guard.keyRefusal(key, client.address)
    if (refused !== undefined) this.#report(refused, client, connection)
    return refused?.detail
  }

  #acted (control: FloodControlId, client: ClientFacts, detail: string, connection?: NamedConnection): void {
    this.guard.acted(control)
    this.#report({ control, detail }, client, connection)
  }

  #report (
    { control, detail }: FloodRefusal,
    client: ClientFacts,
    connection?: NamedConnection,
    moment = momentOf(control)
  ): void {
    this.#context.decisions.report(this.#deciderOf(control, moment), new ClientSubject(this, client, connection), {
      reason: detail
    })
  }

  #deciderOf (decision: FloodDecision, { phase, action }: ReturnType<typeof momentOf>): Decider {
    const key = `${decision} ${action}`
    const known = this.#deciders.get(key) ??
      { control: this.#context.decisions.control('flood', decision), phase, action, simulated: false }
    this.#deciders.set(key, known)
    return known
  }

  /** A client that was admitted is gone. */
  left ({ address }: ClientFacts): void { this.guard.left(address) }

  onLayerFailed (layer: LayerName, client: ClientFacts, { kind, message }: LinkError, silent: boolean): void {
    // A balancer's address is none of a client's.
    if (layer !== 'proxy' || this.#balancers?.has(client.address) !== true) this.left(client)
    const control = layerControl(layer, kind, silent)
    if (control !== undefined) this.#acted(control, client, message)
  }

  onClosed (connection: Connection, reason: CloseReason, detail: string): void {
    const { facts, client, number, since, brokeLayer } = connection
    this.left(facts)
    this.#stalls.forget(number)
    const control = endControl(reason, detail, brokeLayer)
    if (control !== undefined) this.#acted(control, facts, detail, connection)
    if (goodEnds.has(reason) && client.bytesWritten > 0) this.guard.onSession(facts.address, performance.now() - since)
  }

  /** Returns why a request is challenged whatever rules say. `counts`: it is, and not only looked at. */
  suspect (client: ClientFacts, request: ChallengedRequest, upgrade: boolean, counts: boolean): Refusal | undefined {
    const suspect = this.challenger.suspects(client, request, upgrade)
    if (suspect === undefined) return undefined
    if (counts) this.#report(suspect, client, undefined, challenged)
    return { reason: 'challenged', detail: suspect.detail, challenge: true }
  }

  /** Ends a connection that stalls. Called for each every second. */
  look (connection: Connection, now: number): void {
    const { guard } = this
    const control = this.#stalls.look(connection, guard.config, now)
    if (control === undefined || guard.exempts(connection.facts.address)) return
    const detail = control === 'D013'
      ? 'D013: a message was not whole in time'
      : 'D021: the client read nothing of what waits for it'
    this.#acted(control, connection.facts, detail, connection)
    connection.finish('flood', detail)
  }

  /** A second is over. */
  onSecond (): void {
    this.#watch()
    if (++this.#seconds % LINE_SECONDS !== 0) return
    const refused = this.guard.takeUnlogged()
    if (refused > 0)
      this.#context.log.info({ userVserver: this.name, refused }, 'connections refused that have no line of their own')
  }

  #watch (): void {
    const { guard } = this
    if (guard.onSecond()) this.#context.onDefence(this.name, guard.defending, guard.reason)
  }
}
