import { steadyClock } from '@weirlb/link'
import type { Membership } from '../config/membership.ts'

/** How often members that leave are looked at. */
const LOOK_MS = 1000

/** Counts open connections by service. */
export interface Connections { connections (): Promise<(service: string) => number> }

/** Members whose address is gone: each stays until it has no client, or until its time is over. */
export class Leavers {
  readonly #onLeft: () => void
  readonly #left = new Set<string>()
  /** By member: when it leaves at the latest. */
  #leaving: ReadonlyMap<string, number> = new Map()
  #counted: Connections | undefined
  #timer: NodeJS.Timeout | undefined

  /** `onLeft`: called when one has left. */
  constructor (onLeft: () => void) { this.#onLeft = onLeft }

  /** True for a member that has no client any more. */
  hasLeft (member: string): boolean { return this.#left.has(member) }

  committed ({ members }: Membership): void {
    this.#leaving = new Map(
      [...members.values()].flat().flatMap(({ service, leavesAt }) =>
        leavesAt === undefined ? [] : [[service.name, leavesAt] as const]
      )
    )
    for (const name of this.#left) if (!this.#leaving.has(name)) this.#left.delete(name)
    this.#lookLater()
  }

  start (counted: Connections): void {
    this.#counted = counted
    this.#lookLater()
  }

  stop (): void {
    this.#counted = undefined
    clearTimeout(this.#timer)
  }

  #lookLater (): void {
    if (this.#timer !== undefined || this.#counted === undefined || this.#leaving.size === 0) return
    this.#timer = setTimeout(() => { void this.#look() }, LOOK_MS).unref()
  }

  /** Never rejects. */
  async #look (): Promise<void> {
    const now = steadyClock.now()
    try {
      const connections = await this.#counted!.connections()
      for (const name of this.#leaving.keys()) if (connections(name) === 0) this.#left.add(name)
    } catch {
      // No worker can answer now; the next look is a second later.
    }
    this.#timer = undefined
    if (this.#counted === undefined) return
    for (const [name, leavesAt] of this.#leaving) {
      if (!this.#left.has(name) && leavesAt > now) continue
      this.#onLeft()
      break
    }
    this.#lookLater()
  }
}
