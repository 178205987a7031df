import { stat } from 'node:fs/promises'

/** How often files are looked at, in milliseconds. A change counts once two looks in a row have found the same. */
const EVERY_MS = 500

/**
 * Watches files by their times, sizes and numbers. Files are replaced by renames and through symbolic links, which a
 * watch on the file itself would miss; and several changes in a row are one.
 */
export class FileWatch {
  readonly #files: () => readonly string[]
  readonly #onChange: () => Promise<void>
  readonly #everyMs: number
  #timer: NodeJS.Timeout | undefined
  #looking = false
  /** States of the files as of the last report; a file that is not in it is new here. */
  #reported = new Map<string, string>()
  #seen = ''

  /**
   * `files`: those to watch now; they need not be there. `onChange` never rejects, and the next look waits for it.
   * `everyMs`: time between two looks.
   */
  constructor (files: () => readonly string[], onChange: () => Promise<void>, everyMs = EVERY_MS) {
    this.#files = files
    this.#onChange = onChange
    this.#everyMs = everyMs
  }

  /** Note how files are that are new to the watch. Whoever reads them afterwards is told of what changes meanwhile. */
  async note (): Promise<void> {
    for (const file of this.#files()) if (!this.#reported.has(file)) this.#reported.set(file, await stateOf(file))
  }

  /** Report changes from now on, also those since `note`. The process lives until `stop`. */
  start (): void { this.#timer = setInterval(() => { void this.look() }, this.#everyMs) }

  stop (): void { clearInterval(this.#timer) }

  /** Look now. Never rejects. */
  async look (): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    const files = this.#files()
    const states = await Promise.all(files.map(stateOf))
    let isChanged = false
    for (const [i, file] of files.entries()) {
      const reported = this.#reported.get(file)
      if (reported === undefined) this.#reported.set(file, states[i]!)
      else if (reported !== states[i]) isChanged = true
    }
    const seen = states.join()
    const isSettled = seen === this.#seen
    this.#seen = seen
    if (isChanged && isSettled) {
      // They are as they are now when they are read, or change once more.
      for (const [i, file] of files.entries()) this.#reported.set(file, states[i]!)
      await this.#onChange()
      await this.note()
    }
    this.#looking = false
  }
}

/** A file that is not there has a state, too. */
const stateOf = async (file: string): Promise<string> => {
  const found = await stat(file, { bigint: true }).catch(() => undefined)
  return found === undefined ? 'none' : `${found.dev} ${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`
}
