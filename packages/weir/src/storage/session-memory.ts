import type { SessionArchive, SessionFile, SnapshotWriter } from './session-archive.ts'

/**
 * Sessions for as long as the process lives: from the end of one Weir to the start of the next one that is given the
 * same storage.
 */
export class SessionMemory implements SessionArchive {
  readonly durable: boolean = false
  readonly wantsSnapshot: boolean = false
  #parts: Uint8Array[] = []

  async * read (): AsyncGenerator<SessionFile> { yield this.#parts }
  async append (records: Uint8Array): Promise<void> { this.#parts.push(copyOf(records)) }
  async sync (): Promise<void> {}
  async close (): Promise<void> {}

  async snapshot (): Promise<SnapshotWriter> {
    const before = this.#parts.length
    const parts: Uint8Array[] = []
    return {
      write: async records => { parts.push(copyOf(records)) },
      commit: async () => { this.#parts = [...parts, ...this.#parts.slice(before)] },
      abort: async () => {}
    }
  }
}

/** `slice` of a Buffer copies nothing. */
const copyOf = (records: Uint8Array): Uint8Array => new Uint8Array(records)
