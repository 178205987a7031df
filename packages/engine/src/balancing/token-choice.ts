import type { LbVserverStats } from '../stats/stats.ts'
import type { ByToken } from './balancer.ts'
import type { Roster } from './roster.ts'
import type { ServiceRuntime } from './service.ts'

/** Finds services of an LB vserver by tokens alone, where nothing about a client matters: a message may have many. */
export class TokenChoice implements ByToken {
  readonly #roster: Roster
  readonly #stats: LbVserverStats

  constructor (roster: Roster, stats: LbVserverStats) {
    this.#roster = roster
    this.#stats = stats
  }

  serviceFor (bytes: Uint8Array, from: number, to: number): ServiceRuntime | undefined {
    const roster = this.#roster
    const index = roster.firstByToken(bytes, from, to)
    if (index < 0) return undefined
    const { service } = roster.bound[index]!
    // Of a service with a limit the client may have to wait for a place.
    if (service.places !== undefined) return undefined
    roster.method.took(index, roster.bound)
    this.#stats.picks++
    return service
  }
}
