import { Event, Op, type Declaration } from '@weirlb/sdk/abi'
import type { ExtensionStats, FunctionStats } from '../stats/stats.ts'

/** One more than the largest event, times the two sides. */
const SIZE = 2 * (Math.max(...Object.values(Event)) + 1)

/**
 * Returns the functions that a guest calls for events, by `event * 2 + side`; undefined for an event that no function
 * of the author's is called for.
 */
const namesOf = ({ client, server, hooks, balance }: Declaration): readonly (string | undefined)[] => {
  const names = new Array<string | undefined>(SIZE).fill(undefined)
  for (const [side, declared] of [client, server].entries()) {
    const word = side === 0 ? 'client' : 'server'
    if (declared?.kind === 'stream') names[Event.data * 2 + side] = `${word}.onData`
    else if (declared?.handler === true) names[Event.message * 2 + side] = `${word}.onMessage`
  }
  const ofConnection: readonly (readonly [number, string | undefined])[] = [
    [Event.open, hooks.connect ? 'onConnect' : hooks.state ? 'state' : undefined],
    [Event.goodbye, hooks.goodbye ? 'goodbye' : undefined],
    [Event.close, hooks.close ? 'onClose' : undefined],
    [Event.unanswered, hooks.unanswered ? 'onUnanswered' : undefined],
    // Only these may split a message, and most do not.
    [Event.part, balance === 'per-message' ? 'split.part' : undefined],
    [Event.gather, balance === 'per-message' ? 'split.gather' : undefined]
  ]
  for (const [event, name] of ofConnection) names[event * 2] = names[event * 2 + 1] = name
  return names
}

/**
 * Counts the calls of an extension's functions: each call, those without a result (it threw, or could not parse the
 * message), and those that were stopped or that killed the guest. A count costs an addition in an array.
 */
export class FunctionCounts {
  readonly #names: readonly (string | undefined)[]
  readonly #hits = new Float64Array(SIZE)
  readonly #undef = new Float64Array(SIZE)
  readonly #halts = new Float64Array(SIZE)

  constructor (declaration: Declaration) { this.#names = namesOf(declaration) }

  answered (event: number, side: number, op: number): void {
    const at = event * 2 + side
    this.#hits[at]!++
    if (op === Op.threw || op === Op.malformed) this.#undef[at]!++
  }

  halted (event: number, side: number): void {
    const at = event * 2 + side
    this.#hits[at]!++
    this.#halts[at]!++
  }

  /** Bring the statistics up to date: every function is in them, also one that was not called yet. */
  writeTo (functions: ExtensionStats['functions']): void {
    const seen = new Set<string>()
    for (const [at, name] of this.#names.entries()) {
      if (name === undefined) continue
      const counts: FunctionStats = functions[name] ??= { hits: 0, undef: 0, halts: 0 }
      // Both sides of an event that has none are one function.
      const first = !seen.has(name)
      seen.add(name)
      counts.hits = this.#hits[at]! + (first ? 0 : counts.hits)
      counts.undef = this.#undef[at]! + (first ? 0 : counts.undef)
      counts.halts = this.#halts[at]! + (first ? 0 : counts.halts)
    }
  }
}
