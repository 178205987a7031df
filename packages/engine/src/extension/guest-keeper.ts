import type { ExtensionStrikes } from '@weirlb/model'
import type { Bundle, Declaration, Guest, Loader, LoadOptions } from '@weirlb/sdk/abi'
import { Strikes } from './strikes.ts'

/** The user of a guest that is rebuilt automatically. */
export interface GuestUser<D = Declaration> {
  /** True if no connection needs the current guest's state: a fresh one may replace it. */
  readonly isIdle: boolean
  /** A fresh guest is there. */
  onGuest (guest: Guest<D>): void
  /** The extension is available again: in a fresh guest, or in the current one after its time out of service. */
  onUp (): void
  /** The extension could not be loaded. */
  onNotLoaded (error: unknown): void
}

/** Thrown by `load` when the guest is no longer needed. */
export class GuestUnneeded extends Error {
  constructor () { super('nobody needs the guest any more') }
}

/**
 * Keeps the guest of one version: loads it, sets its budgets, counts its failures, and waits before it loads the next.
 */
export class GuestKeeper<D = Declaration> {
  readonly bundle: Bundle
  readonly #runtime: Loader<D>
  readonly #strikes: Strikes
  #options: LoadOptions
  #guest: Guest<D> | undefined
  #timer: NodeJS.Timeout | undefined
  #disposed = false

  /** `guest`: one that is loaded already. */
  constructor (runtime: Loader<D>, bundle: Bundle, options: LoadOptions, policy: ExtensionStrikes, guest?: Guest<D>) {
    this.#runtime = runtime
    this.bundle = bundle
    this.#options = options
    this.#strikes = new Strikes(policy)
    this.#guest = guest
  }

  get guest (): Guest<D> | undefined { return this.#guest }
  get options (): LoadOptions { return this.#options }
  get policy (): ExtensionStrikes { return this.#strikes.policy }
  get isDisposed (): boolean { return this.#disposed }
  /** Failures that count now. */
  get strikes (): number { return this.#strikes.count }
  /** True if it failed too often, and gets no calls for `delayMs`. */
  get isOut (): boolean { return this.#strikes.count >= this.#strikes.policy.failures }
  /** How long to wait before the next load. */
  get delayMs (): number { return this.#strikes.delayMs() }

  /** Take budgets and policy; those that apply to running code apply to the present guest too. */
  configure (options: LoadOptions, policy: ExtensionStrikes): void {
    this.#options = options
    this.#strikes.policy = policy
    this.#guest?.setBatchTimeout(options.batchTimeoutMs)
  }

  /**
   * Load a guest that replaces the current one. Rejects with the runtime's error, or with a GuestUnneeded if the
   * keeper was disposed meanwhile.
   */
  async load (): Promise<Guest<D>> {
    const guest = await this.#runtime.load(this.bundle, this.#options)
    if (this.#disposed) {
      guest.dispose()
      throw new GuestUnneeded()
    }
    this.retire()
    this.#guest = guest
    guest.setBatchTimeout(this.#options.batchTimeoutMs)
    return guest
  }

  /** The present guest is dead, or makes room for a fresh one. */
  retire (): void {
    const guest = this.#guest
    this.#guest = undefined
    guest?.dispose()
  }

  /** Record a failure, with the peer whose bytes caused it, if known; true when the extension is out of service. */
  strike (from?: string): boolean { return this.#strikes.add(from) }

  /** True when a failure at the bytes of this peer counts now. */
  hasStruck (from: string): boolean { return this.#strikes.has(from) }

  /** Load a guest when it has waited long enough. One that is there and not idle is only given back to its user. */
  rebuildLater (user: GuestUser<D>): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      if (this.#guest === undefined || user.isIdle) void this.#rebuild(user)
      else user.onUp()
    }, this.#strikes.delayMs())
  }

  async #rebuild (user: GuestUser<D>): Promise<void> {
    try {
      user.onGuest(await this.load())
      user.onUp()
    } catch (error) {
      if (!this.#disposed) user.onNotLoaded(error)
    }
  }

  /** End the guest, and load none any more. */
  dispose (): void {
    this.#disposed = true
    clearTimeout(this.#timer)
    this.retire()
  }
}
