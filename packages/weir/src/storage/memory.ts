import { historyLength, type SavedRevision, type SavedSession, type Storage } from './storage.ts'

/** Keeps everything for as long as the process lives. */
export class MemoryStorage implements Storage {
  #history: SavedRevision[] = []
  #sessions: readonly SavedSession[] = []

  async open (): Promise<void> {}
  async close (): Promise<void> {}
  async load (): Promise<SavedRevision | undefined> { return this.#history[0] }

  async save (revision: SavedRevision): Promise<void> {
    this.#history = [structuredClone(revision), ...this.#history].slice(0, historyLength)
  }

  async history (): Promise<readonly SavedRevision[]> { return this.#history }
  async loadSessions (): Promise<readonly SavedSession[]> { return this.#sessions }
  async saveSessions (sessions: readonly SavedSession[]): Promise<void> { this.#sessions = [...sessions] }
}
