import { Answer, ANSWER_WORDS, ANSWERS_AT, NO_ROOM, Request, REQUEST_WORDS, type SharedMemory } from '@weirlb/sdk/abi'

/** The requests and answers of a run, in the memory that a function shares with its host. */
export class FunctionMemory {
  readonly #memory: SharedMemory
  readonly #in: Buffer
  #at = 0
  #count = 0

  constructor (memory: SharedMemory) {
    this.#memory = memory
    this.#in = Buffer.from(memory.arena.buffer, 0, memory.layout.inBytes)
  }

  /** Requests of the run. */
  get count (): number { return this.#count }

  /** Begin a run. */
  clear (): void {
    this.#at = 0
    this.#count = 0
  }

  /** Add a request, as JSON; false where there is no room for it. */
  add (json: string): boolean {
    const size = Buffer.byteLength(json)
    if (this.#at + size > this.#in.length) return false
    this.#in.write(json, this.#at)
    const { control } = this.#memory
    const words = this.#count * REQUEST_WORDS
    control[words + Request.offset] = this.#at
    control[words + Request.length] = size
    control[ANSWERS_AT + this.#count * ANSWER_WORDS + Answer.bytesLength] = -1
    this.#at += size
    this.#count++
    return true
  }

  /** True if the answer to a request did not fit beside the others. */
  lacksRoom (index: number): boolean {
    return this.#memory.control[ANSWERS_AT + index * ANSWER_WORDS + Answer.bytesLength] === NO_ROOM
  }

  /** Returns the answer to a request, as JSON; undefined: there is none, or none that can be read. */
  answer (index: number): string | undefined {
    const { control, arena, layout: { inBytes, outBytes } } = this.#memory
    const words = ANSWERS_AT + index * ANSWER_WORDS
    const offset = control[words + Answer.bytesOffset]!
    const length = control[words + Answer.bytesLength]!
    if (length < 0) return undefined
    // The guest may write any number.
    if (offset < 0 || offset + length > outBytes) return ''
    // A copy: a thread that was lost may still write.
    return Buffer.from(arena.slice(inBytes + offset, inBytes + offset + length)).toString()
  }
}
