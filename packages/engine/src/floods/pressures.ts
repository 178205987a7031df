import type { Pressure } from '@weirlb/link'
import type { FloodGuard } from './flood-guard.ts'

/** The pressure of a user vserver, which its layers have before it runs. */
class LatePressure implements Pressure {
  guard: FloodGuard | undefined
  get high (): boolean { return this.guard?.high === true }
  exempts (address: string): boolean { return this.guard?.exempts(address) === true }
}

/** The pressure of each user vserver, by its name: the same for all layers of all its revisions. */
export class Pressures {
  readonly #pressures = new Map<string, LatePressure>()

  of (userVserver: string): Pressure {
    const found = this.#pressures.get(userVserver) ?? new LatePressure()
    this.#pressures.set(userVserver, found)
    return found
  }

  /** These user vservers run. */
  commit (vservers: ReadonlyMap<string, { readonly guard: FloodGuard }>): void {
    for (const [name, pressure] of this.#pressures) {
      const guard = vservers.get(name)?.guard
      if (guard === undefined) this.#pressures.delete(name)
      else pressure.guard = guard
    }
  }
}
