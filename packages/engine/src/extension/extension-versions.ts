import type { ExtensionHost } from './extension-host.ts'

const WHOLE = 100

/** One extension in this process: the version that new connections get, and the one that a share of them tries. */
export class ExtensionVersions {
  current: ExtensionHost
  #canary: ExtensionHost | undefined
  #percent = 0
  /** Percents that new connections have brought and the canary has not used up. */
  #due = 0

  constructor (current: ExtensionHost) { this.current = current }

  get canary (): ExtensionHost | undefined { return this.#canary }

  /**
   * Give `percent` of the new connections to `canary`; undefined ends it. A canary that stays keeps its place in the
   * count.
   */
  tryOut (canary: ExtensionHost | undefined, percent: number): void {
    if (canary?.version !== this.#canary?.version) this.#due = 0
    this.#canary = canary
    this.#percent = percent
  }

  /**
   * The version that a new connection gets: of every 100 in a row the canary has exactly its percentage, spread evenly.
   */
  pick (): ExtensionHost {
    const canary = this.#canary
    if (canary === undefined) return this.current
    this.#due += this.#percent
    if (this.#due < WHOLE) return this.current
    this.#due -= WHOLE
    // One that is out of service is about to be taken back.
    return canary.state === 'down' ? this.current : canary
  }

  /** True when a new connection may get this version. */
  serves (host: ExtensionHost): boolean { return host === this.current || host === this.#canary }
}
