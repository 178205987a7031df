import { signal } from '@preact/signals'
import { ApiError } from '@weirlb/admin/client'
import { wordsOf } from '../api/api.ts'
import type { CodeFault } from '../ui/code-mirror.ts'

/** What the server says of a text. */
export interface Checked<D = unknown> {
  readonly declaration: D | undefined
  /** Faults that have a place in the text. */
  readonly faults: readonly CodeFault[]
  /** What else is wrong. */
  readonly words: string | undefined
}

/** Returns what an error of the API says about a text: at its lines, where it names some. */
export const checkedOf = (error: unknown): Checked<never> => {
  const issues = error instanceof ApiError ? error.problem?.issues ?? [] : []
  // The API names a text that is checked `extension` or `function`, which is nobody's name for it.
  const words = wordsOf(error).replace(/^(?:extension 'extension'|edge function 'function'): /, '')
  const placed = issues.flatMap(({ file, line, column = 1, message }) => {
    // The place is shown beside the message.
    const place = `${file}:${line}:${column}: `
    return line === undefined ? [] : [{ line, column, message: message.startsWith(place) ? message.slice(place.length) : message }]
  })
  const faults = placed.length > 0 ? placed : thrownAt(words)
  return {
    declaration: undefined,
    faults,
    words: faults.length >= issues.length && faults.length > 0 ? undefined : words
  }
}

/** A module that throws while it is loaded has the place in the words alone. */
const thrownAt = (words: string): readonly CodeFault[] => {
  const place = / at \S+\.ts:(\d+):(\d+)$/.exec(words)
  return place === null ? [] : [{ line: Number(place[1]), column: Number(place[2]), message: words }]
}

const PAUSE_MS = 400

/** Checks on the server what one types: after a pause, one request at a time, and the latest text last. */
export class SourceCheck<D> {
  readonly checked = signal<Checked<D> | undefined>(undefined)
  readonly running = signal(false)
  #timer: ReturnType<typeof setTimeout> | undefined
  #waiting: string | undefined
  #busy = false
  #ended = false
  readonly #validate: (source: string) => Promise<D>

  constructor (validate: (source: string) => Promise<D>) { this.#validate = validate }

  /** Check a text soon. */
  soon (text: string): void {
    this.#waiting = text
    this.running.value = true
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => { void this.#run() }, PAUSE_MS)
  }

  stop (): void {
    this.#ended = true
    clearTimeout(this.#timer)
  }

  async #run (): Promise<void> {
    if (this.#busy || this.#waiting === undefined || this.#ended) return
    const source = this.#waiting
    this.#waiting = undefined
    this.#busy = true
    let checked: Checked<D>
    try {
      checked = { declaration: await this.#validate(source), faults: [], words: undefined }
    } catch (error) {
      checked = checkedOf(error)
    }
    this.#busy = false
    if (this.#ended) return
    if (this.#waiting !== undefined) {
      this.soon(this.#waiting)
      return
    }
    this.checked.value = checked
    this.running.value = false
  }
}
