import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Lines that are kept. */
const MAX_LINES = 1000

/** The lines of earlier shells, in a file that only its owner reads; where it cannot be written they are forgotten. */
export class ShellHistory {
  readonly #file: string
  /** The newest first, as readline has them. */
  #lines: readonly string[]

  constructor (file = process.env['WEIR_HISTORY'] ?? join(homedir(), '.weir_history')) {
    this.#file = file
    this.#lines = read(file)
  }

  get lines (): string[] { return [...this.#lines] }

  /** Readline has a new line. */
  keep (lines: readonly string[]): void { this.#lines = lines.slice(0, MAX_LINES) }

  save (): void {
    try {
      writeFileSync(this.#file, this.#lines.toReversed().map(line => `${line}\n`).join(''), { mode: 0o600 })
      chmodSync(this.#file, 0o600)
    } catch {}
  }
}

const read = (file: string): readonly string[] => {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(line => line !== '').toReversed().slice(0, MAX_LINES)
  } catch {
    return []
  }
}
