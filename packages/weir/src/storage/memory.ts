import { SessionMemory } from './session-memory.ts'
import { revisionsKept, type RevisionRecord, type SavedRevision, type Storage } from './storage.ts'

/** Characters of all revisions together: they take memory, not room on a disk. */
const MAX_CHARACTERS = 16 * 1024 * 1024

/** Keeps everything for as long as the process lives. */
export class MemoryStorage implements Storage {
  readonly sessions = new SessionMemory()
  /** The newest first. Text has a known size, and nobody changes it. */
  #revisions: { readonly record: RevisionRecord, readonly text: string }[] = []

  async open (): Promise<void> {}
  async close (): Promise<void> {}

  async load (): Promise<SavedRevision | undefined> {
    const newest = this.#revisions[0]
    return newest === undefined ? undefined : JSON.parse(newest.text) as SavedRevision
  }

  async save (revision: SavedRevision): Promise<void> {
    const { config: _, extensions: __, ...record } = revision
    // One that is saved again takes its own place, as a file would.
    const others = this.#revisions.filter(({ record: { revision: number } }) => number !== revision.revision)
    const revisions = [{ record, text: JSON.stringify(revision) }, ...others]
    this.#revisions = revisions.slice(0, revisionsKept(revisions.map(({ text }) => text.length), MAX_CHARACTERS))
  }

  async revisions (): Promise<readonly RevisionRecord[]> { return this.#revisions.map(({ record }) => record) }

  async revision (revision: number): Promise<SavedRevision | undefined> {
    const found = this.#revisions.find(({ record }) => record.revision === revision)
    return found === undefined ? undefined : JSON.parse(found.text) as SavedRevision
  }
}
