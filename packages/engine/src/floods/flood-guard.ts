import { createHash } from 'node:crypto'
import { type CloseReason, type FloodControlId, heldVserver, type UserVserver } from '@weirlb/model'
import { AddressSet } from '@weirlb/link'
import { Defence, type Second } from './defence.ts'
import type { FloodRefusal } from './flood-decision.ts'
import type { FloodWorld, Source } from './flood-world.ts'
import { nextDue } from './rate.ts'
import { sourceOf } from './source-of.ts'

/** Longest session key that a table has as it is: a client chooses it, and an MQTT client ID may have 65,535 bytes. */
const MAX_KEY = 64

const shortKey = (key: string): string =>
  key.length <= MAX_KEY ? key : createHash('sha256').update(key).digest('base64')

/** Share of the connects that addresses may have in defence mode which are not known-good. */
const UNKNOWN_SHARE = 0.3
/** From this threat score on clients are refused which cannot be challenged. */
const REFUSED_THREAT = 50
const TOO_THREATENING: FloodRefusal = {
  control: 'security-level',
  detail: `security level: the threat score of its address is above ${REFUSED_THREAT}`
}
/** How many times the delay of the loop refuses known-good addresses too. */
const GOOD_DELAY = 4
/** An address that has no connections. */
const unknownSource: Source = { owner: {}, open: 0, due: 0, exempt: false, revision: -1 }

const says = (control: FloodControlId, why: string): FloodRefusal => ({ control, detail: `${control}: ${why}` })

const flaps = (most: number): FloodRefusal => says('D012', `its session key comes more than ${most} times in a minute`)

/** Ends of clients that had got nothing yet. */
const failures: ReadonlySet<CloseReason> = new Set([
  'flood',
  'limit',
  'rule',
  'not-allowed',
  'first-message-timeout',
  'tls-failed',
  'rejected',
  'protocol-error',
  'http-failed',
  'upgrade-refused',
  'client-unverified'
])

/**
 * Keeps floods from a user vserver: what a client is counted and refused by before anything is made for it, and the
 * numbers that hold now.
 */
export class FloodGuard {
  readonly #world: FloodWorld
  readonly #acted: Partial<Record<FloodControlId, number>>
  readonly #defence = new Defence()
  #normal!: UserVserver
  #tight!: UserVserver
  #exempt!: AddressSet
  #revision = 0
  /** True for an address that an access rule allows; undefined: there is no such rule. */
  trusts: ((address: string) => boolean) | undefined = undefined
  /** When the next connect of anybody, and of one that is not known-good, is due. */
  #due = 0
  #unknownDue = 0
  /** Clients whose server was sent their first message, and has not answered. */
  #unanswered = 0
  /** A server has answered: it is a protocol in which servers do. */
  #answers = false
  #connects = 0
  #failed = 0
  /** Lines about refused clients: when the next is due, and those that were left out. */
  #lineDue = 0
  #unlogged = 0

  constructor (config: UserVserver, world: FloodWorld, acted: Partial<Record<FloodControlId, number>>) {
    this.#world = world
    this.#acted = acted
    this.configure(config)
  }

  configure (config: UserVserver): void {
    this.#normal = config
    this.#tight = heldVserver(config, true)
    this.#exempt = new AddressSet(config.floods.exemptFrom)
    this.#revision++
  }

  /** The user vserver with the numbers that hold now. */
  get config (): UserVserver { return this.#defence.on ? this.#tight : this.#normal }
  get defending (): boolean { return this.#defence.on }
  /** Why it is in defence mode. */
  get reason (): string { return this.#defence.reason }
  /** Limits of layers are those of defence mode. */
  get high (): boolean { return this.#defence.on }

  /** An entry of the shared tables. */
  #key (text: string): string { return `${this.#normal.name}\n${text}` }
  #source (address: string): Source | undefined { return this.#world.sources.peek(this.#key(sourceOf(address))) }

  /** A control has refused or ended something. */
  acted (control: FloodControlId): void { this.#acted[control] = (this.#acted[control] ?? 0) + 1 }

  exempts (address: string): boolean {
    if (this.trusts?.(address) === true) return true
    const source = this.#source(address)
    return source?.owner === this && source.revision === this.#revision ? source.exempt : this.#exempt.has(address)
  }

  isGood (address: string, now = performance.now()): boolean { return this.#world.standing.isGood(address, now) }
  threat (address: string, now = performance.now()): number { return this.#world.standing.threat(address, now) }

  /** A client has connected. Returns why it is refused; undefined: it is counted until `left`. */
  admit (address: string, now = performance.now()): FloodRefusal | undefined {
    this.#connects++
    const source = this.#used(address)
    if (source.revision !== this.#revision) {
      source.revision = this.#revision
      source.exempt = this.#exempt.has(address)
    }
    const refused = source.exempt || this.trusts?.(address) === true
      ? undefined
      : this.#refusal(address, source, now, true)
    if (refused === undefined) source.open++
    else this.#counted(refused)
    return refused
  }

  /** Returns why a client that connected now would be refused; nothing is counted. */
  look (address: string, now = performance.now()): FloodRefusal | undefined {
    return this.exempts(address)
      ? undefined
      : this.#refusal(address, this.#source(address) ?? unknownSource, now, false)
  }

  #counted ({ control }: FloodRefusal): void {
    if (control !== 'security-level' && control !== 'defence-mode') this.acted(control)
  }

  #used (address: string): Source {
    const key = this.#key(sourceOf(address))
    const known = this.#world.sources.use(key)
    // A user vserver of this name may have been removed.
    if (known?.owner === this) return known
    const source: Source = { owner: this, open: 0, due: 0, exempt: false, revision: -1 }
    this.#evicting(({ sources }) => { sources.set(key, source) })
    return source
  }

  #refusal (address: string, source: Source, now: number, counts: boolean): FloodRefusal | undefined {
    const { floods } = this.config
    const good = this.isGood(address, now)
    const { delay } = this.#world.loop
    if (floods.loopDelayMs > 0 && delay > floods.loopDelayMs * (good ? GOOD_DELAY : 1))
      return says('D028', `the event loop is ${Math.round(delay)} ms late`)
    if (!good && floods.level !== 'off' && this.threat(address, now) > REFUSED_THREAT) return TOO_THREATENING
    const { connectionsPerAddress, connectsPerAddress, connectBurst, connectsPerSecond, unanswered } = floods
    if (connectionsPerAddress > 0 && source.open >= connectionsPerAddress)
      return says('D002', `its address has ${source.open} connections`)
    if (connectsPerAddress > 0) {
      const due = nextDue(source.due, now, connectsPerAddress, connectBurst)
      if (due < 0) return says('D003', `its address connects more than ${connectsPerAddress} times in a second`)
      if (counts) source.due = due
    }
    if (unanswered > 0 && this.#answers && this.#unanswered >= unanswered && !good)
      return says('D011', `${this.#unanswered} clients have no answer of their server yet`)
    return connectsPerSecond > 0 ? this.#overall(connectsPerSecond, good, now, counts) : undefined
  }

  /** The connects of all addresses together. */
  #overall (connectsPerSecond: number, good: boolean, now: number, counts: boolean): FloodRefusal | undefined {
    const { rampSeconds } = this.config.floods
    const age = (now - this.#world.startedAt) / 1000
    const ramp = age >= rampSeconds ? 1 : Math.max(0.1, age / rampSeconds)
    const rate = connectsPerSecond * ramp
    const due = nextDue(this.#due, now, rate, Math.max(1, rate))
    if (due < 0) return says(ramp < 1 ? 'D029' : 'D004', `more than ${Math.ceil(rate)} clients connect in a second`)
    if (this.#defence.on && !good) {
      const share = rate * UNKNOWN_SHARE
      const unknownDue = nextDue(this.#unknownDue, now, share, Math.max(1, share))
      if (unknownDue < 0)
        return says('D004', `more than ${Math.ceil(share)} clients that are not known-good connect in a second`)
      if (counts) this.#unknownDue = unknownDue
    }
    if (counts) this.#due = due
    return undefined
  }

  /** A client that was admitted is gone. */
  left (address: string): void {
    const source = this.#source(address)
    if (source?.owner === this && source.open > 0) source.open--
  }

  /** Count the open connections again: some may have gone without a call. */
  recount (addresses: Iterable<string>): void {
    for (const source of this.#world.sources.values()) if (source.owner === this) source.open = 0
    for (const address of addresses) {
      const source = this.#source(address)
      if (source?.owner === this) source.open++
    }
  }

  /** A client is refused, or has ended so. */
  onEnd (address: string, reason: CloseReason, now = performance.now()): void {
    if (failures.has(reason)) this.#failed++
    if (!this.exempts(address)) this.#evicting(({ standing }) => { standing.onEnd(address, reason, now) })
  }

  /** A connection with a server that had spoken has ended after `ms`. */
  onSession (address: string, ms: number, now = performance.now()): void {
    this.#evicting(({ standing }) => {
      standing.onSession(address, ms, now)
    })
  }

  #evicting (act: (world: FloodWorld) => void): void {
    const world = this.#world
    const before = world.evicted
    act(world)
    for (let n = before; n < world.evicted; n++) this.acted('D025')
  }

  /** A server was sent the first message of a client. */
  onAsked (): void { this.#unanswered++ }

  /** It has answered, or its client is gone. */
  onAnswered (answered: boolean): void {
    this.#unanswered--
    if (answered) this.#answers = true
  }

  /** Returns why a client with this session key is refused; undefined: it is not. */
  keyRefusal (key: string, address: string, now = performance.now()): FloodRefusal | undefined {
    const { connectsPerKey, keyRefusedSeconds } = this.config.floods
    if (connectsPerKey === 0 || this.exempts(address)) return undefined
    let admitted = true
    this.#evicting(({ keys }) => {
      admitted = keys.admit(this.#key(shortKey(key)), now, connectsPerKey, keyRefusedSeconds * 1000)
    })
    if (admitted) return undefined
    this.acted('D012')
    return flaps(connectsPerKey)
  }

  /** Returns why a client with this session key would be refused; nothing is counted. */
  lookAtKey (key: string, address: string, now = performance.now()): FloodRefusal | undefined {
    const { connectsPerKey } = this.config.floods
    if (connectsPerKey === 0 || this.exempts(address)) return undefined
    return this.#world.keys.admits(this.#key(shortKey(key)), now, connectsPerKey) ? undefined : flaps(connectsPerKey)
  }

  /**
   * Returns the number of lines that were left out before this one about a refused client; undefined: it is left out
   * too.
   */
  mayLog (now = performance.now()): number | undefined {
    const { loggedPerSecond } = this.config.floods
    if (loggedPerSecond > 0) {
      const due = nextDue(this.#lineDue, now, loggedPerSecond, loggedPerSecond)
      if (due < 0) {
        this.#unlogged++
        this.acted('D026')
        return undefined
      }
      this.#lineDue = due
    }
    const unlogged = this.#unlogged
    this.#unlogged = 0
    return unlogged
  }

  /** Lines that were left out and belong in one of their own now; 0: none. */
  takeUnlogged (): number {
    const unlogged = this.#unlogged
    this.#unlogged = 0
    return unlogged
  }

  /** A second is over. Returns true if defence mode has begun or ended. */
  onSecond (): boolean {
    const { loopDelayMs } = this.#normal.floods
    const second: Second = {
      connects: this.#connects,
      failed: this.#failed,
      overloaded: loopDelayMs > 0 && this.#world.loop.delay > loopDelayMs
    }
    this.#connects = 0
    this.#failed = 0
    return this.#defence.onSecond(second, this.#normal.floods)
  }
}
