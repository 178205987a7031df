import { KiB, type Bytes, type Message } from '@weirlb/sdk'
import { isSamePlace } from './place.ts'
import { Refused } from './refused.ts'
import { command, joined } from './reply.ts'

/**
 * Most bytes of one transaction: what an extension may originate for one message, less some (`limits.originatedBytes`).
 */
const MOST = 192 * KiB

const MULTI = command('MULTI')
const EXEC = command('EXEC')

/** The commands of one client since MULTI. */
export class Transaction {
  readonly #commands: Bytes[] = []
  #bytes = 0
  /** Where its keys are; undefined: none has named one. */
  place: Bytes | undefined
  /** A command was refused: nothing of it may run. */
  broken = false

  /** `place`: that of the keys that are watched. */
  constructor (place: Bytes | undefined) { this.place = place }

  get count (): number { return this.#commands.length }

  /** Add a command, which has this place or goes anywhere. */
  add ({ bytes, length }: Message, place: Bytes | undefined): void {
    if (length > bytes.length || this.#bytes + length > MOST)
      throw new Refused(`a transaction has at most ${MOST} bytes, and a command of it ${64 * KiB}`)
    if (place !== undefined && this.place !== undefined && !isSamePlace(place, this.place)) {
      throw new Refused("Keys in request don't hash to the same slot", 'CROSSSLOT')
    }
    if (place !== undefined) this.place ??= place.slice()
    this.#commands.push(bytes.slice())
    this.#bytes += length
  }

  /** All of it, as one message. */
  get bytes (): Bytes { return joined([MULTI, ...this.#commands, EXEC]) }
}
