import type { VserverFloods } from '@weirlb/model'

/** What happened to a user vserver within a second. */
export interface Second {
  /** Clients that connected, refused ones among them. */
  readonly connects: number
  /** Those that were refused, or ended before they had got anything. */
  readonly failed: number
  /** The event loop is overloaded. */
  readonly overloaded: boolean
}

/** Least connects in a second that are an attack, whatever is usual. */
const LEAST = 20
/** How many times the usual connects are an attack. */
const TIMES_USUAL = 4
/** How much a calm second changes what is usual. */
const WEIGHT = 1 / 60

/**
 * Whether a user vserver is in defence mode. It begins after `afterSeconds` of attack in a row and ends after
 * `calmSeconds` of calm in a row. While it lasts, what is usual is not learned from the attack.
 *
 *   calm ──(attack, afterSeconds)──► defending ──(calm, calmSeconds)──► calm
 */
export class Defence {
  #usual: number | undefined
  #streak = 0
  #on = false
  #reason = ''

  get on (): boolean { return this.#on }
  /** Why it is on, or was last. */
  get reason (): string { return this.#reason }

  /** A second is over. Returns true if the mode has changed. */
  onSecond (
    second: Second,
    { mode, afterSeconds, calmSeconds, connectsPerSecond }: Pick<
      VserverFloods,
      'mode' | 'afterSeconds' | 'calmSeconds' | 'connectsPerSecond'
    >
  ): boolean {
    if (mode !== 'auto')
      return this.#set(mode === 'on', mode === 'on' ? 'set by an operator' : 'switched off by an operator')
    const attack = this.#attack(second, connectsPerSecond)
    if (attack === undefined && !this.#on)
      this.#usual = this.#usual === undefined
        ? second.connects
        : this.#usual + (second.connects - this.#usual) * WEIGHT
    const towards = (attack !== undefined) !== this.#on
    this.#streak = towards ? this.#streak + 1 : 0
    if (this.#streak < (this.#on ? calmSeconds : afterSeconds)) return false
    return this.#set(!this.#on, attack ?? `calm for ${calmSeconds} s`)
  }

  #attack ({ connects, failed, overloaded }: Second, connectsPerSecond: number): string | undefined {
    if (overloaded) return 'the event loop is overloaded'
    if (connects < LEAST) return undefined
    if (failed > connects / 2) return `${failed} of ${connects} clients in a second were refused or failed`
    const most = Math.max(LEAST, TIMES_USUAL * (this.#usual ?? connects), connectsPerSecond / 2)
    return connects > most ? `${connects} connects in a second` : undefined
  }

  #set (on: boolean, reason: string): boolean {
    this.#streak = 0
    if (on === this.#on) return false
    this.#on = on
    this.#reason = reason
    return true
  }
}
