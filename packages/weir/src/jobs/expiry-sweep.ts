import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { runInSlices, type Config, type List, type ListChange } from '@weirlb/model'
import { steadyClock } from '@weirlb/link'
import type { Log } from '@weirlb/engine'
import { put } from '../config/entities.ts'
import { changingList } from '../config/list-items.ts'

/** How often somebody looks, and how long what has ended is still shown, in milliseconds. */
const LOOK_MS = 10 * 60_000
const SHOWN_MS = 60 * 60_000
/** So many ends are a step. */
const STEP = 500

const nothing: ListChange = { add: [], remove: [] }

export interface ExpirySweepOptions {
  readonly config: () => Config
  /** Change the configuration, as Weir itself. */
  readonly change: (edit: (config: Config) => Promise<Config>) => Promise<void>
  readonly log: Log
  /** Milliseconds since 1970 by the clock of expiries, and by that of the machine. */
  readonly steady?: () => number
  readonly machine?: () => number
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsed?: () => number
}

/**
 * Removes access rules and items of lists from the configuration an hour after they have ended. A wrong clock removes
 * nothing at once: both clocks have to say so, and Weir must have run for an hour, so that a machine whose clock was
 * wrong at its start has set it by then.
 */
export class ExpirySweep {
  readonly #options: ExpirySweepOptions
  readonly #steady: () => number
  readonly #machine: () => number
  readonly #elapsed: () => number
  readonly #begun: number
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined

  constructor (options: ExpirySweepOptions) {
    this.#options = options
    this.#steady = options.steady ?? (() => steadyClock.now())
    this.#machine = options.machine ?? (() => Date.now())
    this.#elapsed = options.elapsed ?? (() => performance.now())
    this.#begun = this.#elapsed()
  }

  start (): void { this.#timer ??= setInterval(() => { void this.look() }, LOOK_MS).unref() }

  stop (): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Remove now what is to be removed. Never rejects. */
  async look (): Promise<void> {
    this.#looking ??= this.#look().catch((error: unknown) => {
      this.#options.log.warn(
        { error: (error as Error).message },
        'what has ended was not removed from the configuration'
      )
    })
    await this.#looking
    this.#looking = undefined
  }

  async #look (): Promise<void> {
    if (this.#elapsed() - this.#begun < SHOWN_MS) return
    const { config, change, log } = this.#options
    if (!await this.#hasEnded(config())) return
    const removed = { accessRules: 0, listItems: 0 }
    await change(async present => {
      const accessRules = present.accessRules.filter(({ expiresAt }) => !this.#isOver(expiresAt))
      removed.accessRules = present.accessRules.length - accessRules.length
      let next: Config = { ...present, accessRules }
      for (const list of present.lists) {
        if (!await this.#hasEndedItems(list)) continue
        const rest = await runInSlices(
          changingList(list, nothing, Math.min(this.#steady(), this.#machine()) - SHOWN_MS),
          turnOfTheLoop
        )
        removed.listItems += list.items.length - rest.items.length
        next = put(next, 'lists', rest)
      }
      return next
    })
    log.info(removed, 'what has ended was removed from the configuration')
  }

  async #hasEnded ({ accessRules, lists }: Config): Promise<boolean> {
    if (accessRules.some(({ expiresAt }) => this.#isOver(expiresAt))) return true
    for (const list of lists) if (await this.#hasEndedItems(list)) return true
    return false
  }

  async #hasEndedItems ({ expires }: List): Promise<boolean> {
    return await runInSlices(this.#lookingAt(Object.values(expires)), turnOfTheLoop)
  }

  * #lookingAt (ends: readonly string[]): Generator<void, boolean> {
    for (const [n, end] of ends.entries()) {
      if (n % STEP === 0) yield
      if (this.#isOver(end)) return true
    }
    return false
  }

  #isOver (end: string | undefined): boolean {
    if (end === undefined) return false
    const shownUntil = Date.parse(end) + SHOWN_MS
    return shownUntil <= this.#steady() && shownUntil <= this.#machine()
  }
}
