import { SessionMemory } from './session-memory.ts'
import { historyLength, type SavedRevision, type Storage } from './storage.ts'

/** Keeps everything for as long as the process lives. */
export class MemoryStorage implements Storage {
  readonly sessions = new SessionMemory()
  #history: SavedRevision[] = []

  async open (): Promise<void> {}
  async close (): Promise<void> {}
  async load (): Promise<SavedRevision | undefined> { return this.#history[0] }

  async save (revision: SavedRevision): Promise<void> {
    this.#history = [structuredClone(revision), ...this.#history].slice(0, historyLength)
  }

  async history (): Promise<readonly SavedRevision[]> { return this.#history }
}
