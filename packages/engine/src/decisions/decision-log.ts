import { endpointText } from '@weirlb/model'
import type { Log } from '../log.ts'
import type { Decision } from './decision.ts'

/** Maximum lines in a second. The others are counted in the next line. */
const MAX_LINES = 100

/** Decisions that have no line here: flood controls write lines of their own, and who passes needs none. */
const unwritten = ({ kind, action }: Decision): boolean => kind === 'flood' || action === 'allow'

/**
 * Writes reported decisions to the log, without the values that were looked at: those are the business of whoever may
 * read security events.
 */
export class DecisionLog {
  readonly #log: Log
  #second = 0
  #lines = 0
  #unlogged = 0

  constructor (log: Log) { this.#log = log }

  write (decisions: readonly Decision[]): void {
    for (const decision of decisions) if (!unwritten(decision)) this.#write(decision)
  }

  #write (
    { id, time, kind, name, action, simulated, phase, userVserver, address, port, connection, weight }: Decision
  ): void {
    const second = Math.floor(time / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#lines = 0
    }
    if (this.#lines === MAX_LINES) {
      this.#unlogged++
      return
    }
    this.#lines++
    this.#log.info({
      decision: id, kind, name, action, simulated, phase, userVserver, client: endpointText(address, port), connection,
      weight: weight === 1 ? undefined : weight, unlogged: this.#unlogged === 0 ? undefined : this.#unlogged
    }, 'the edge decided')
    this.#unlogged = 0
  }
}
