import { copyFile, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { WeirError } from '@weirlb/model'
import { atomicWrite } from './atomic-write.ts'
import { parseRevision, recordOf, textOf } from './revision-text.ts'
import { attempt, isAbsent, isDamage, storageFailure } from './storage-failure.ts'
import { revisionsKept, type RevisionRecord, type SavedRevision } from './storage.ts'

/** Enough for a record, which has 100 entities at most. */
const RECORD_BYTES = 512 * 1024

/**
 * The revisions in a directory. A new one is written to the history first, and becomes the current one by one rename,
 * so that a crash at any moment leaves the one before or the new one.
 */
export class RevisionFiles {
  readonly #current: string
  readonly #history: string
  /** Sizes of the files of the history, by revision; undefined until it is looked at. */
  #sizes: Map<number, number> | undefined
  readonly #records = new Map<number, RevisionRecord>()
  /** Number of the current revision; undefined before the first. */
  #newest: number | undefined
  /** What was found damaged, and what was taken in its place. */
  damage: string | undefined

  constructor (directory: string) {
    this.#current = join(directory, 'config.json')
    this.#history = join(directory, 'history')
  }

  #file (revision: number): string { return join(this.#history, `${String(revision).padStart(10, '0')}.json`) }

  async load (): Promise<SavedRevision | undefined> {
    // Another process may have had the directory since.
    this.#sizes = undefined
    this.#records.clear()
    let saved: SavedRevision | undefined
    try {
      saved = await readRevision(this.#current)
    } catch (error) {
      if (!isDamage(error)) throw error
      saved = await this.#lastGood(error as WeirError)
    }
    this.#newest = saved?.revision
    return saved
  }

  /**
   * Returns the newest revision of the history that is whole, and makes it the current one. Throws `damaged` if there
   * is none.
   */
  async #lastGood (damaged: WeirError): Promise<SavedRevision> {
    for (const revision of await this.#numbers()) {
      const saved = await readRevision(this.#file(revision)).catch((error: unknown) =>
        isDamage(error) ? undefined : Promise.reject(error)
      )
      if (saved === undefined) continue
      const aside = `${this.#current}.damaged`
      await attempt('keep a copy of the damaged', this.#current, async () => {
        await copyFile(this.#current, aside)
      })
      await attempt('save the configuration to', this.#current, async () => {
        await atomicWrite(this.#current, textOf(saved))
      })
      this.damage =
        `${damaged.message}; revision ${saved.revision} of ${saved.savedAt} is the last good one and is used; the damaged file is now ${aside}`
      return saved
    }
    throw damaged
  }

  async save (revision: SavedRevision): Promise<void> {
    const text = textOf(revision)
    const number = revision.revision
    const entry = this.#file(number)
    await attempt('save the configuration to', this.#current, async () => {
      await mkdir(this.#history, { recursive: true, mode: 0o700 })
      // The history comes first: what is current is always in it, and only the last step makes the revision current.
      await atomicWrite(entry, text)
      try {
        await atomicWrite(this.#current, text)
      } catch (error) {
        await rm(entry, { force: true }).catch(() => {})
        throw error
      }
    })
    this.#newest = number
    this.#sizes?.set(number, text.length)
    const { config: _, extensions: __, ...record } = revision
    this.#records.set(number, record)
    await this.#forgetOldest()
  }

  /** The last revisions without their configurations, newest first. Damaged ones are left out. */
  async records (): Promise<readonly RevisionRecord[]> {
    const records: RevisionRecord[] = []
    for (const revision of await this.#numbers()) {
      // One that is newer than the current one was never applied: a crash came before.
      if (revision > (this.#newest ?? 0)) continue
      const record = this.#records.get(revision) ?? await readRecord(this.#file(revision))
      if (record === undefined) continue
      this.#records.set(revision, record)
      records.push(record)
    }
    return records
  }

  async revision (revision: number): Promise<SavedRevision | undefined> {
    return revision > (this.#newest ?? 0) ? undefined : await readRevision(this.#file(revision))
  }

  /** Newest first. */
  async #numbers (): Promise<number[]> {
    if (this.#sizes === undefined) {
      const files = await readdir(this.#history).catch(error =>
        isAbsent(error) ? [] : Promise.reject(storageFailure('read', this.#history, error))
      )
      const sizes = new Map<number, number>()
      for (const file of files) {
        if (/^\d{10}\.json$/.test(file))
          sizes.set(Number.parseInt(file, 10), (await stat(join(this.#history, file)).catch(() => ({ size: 0 }))).size)
      }
      this.#sizes = sizes
    }
    return [...this.#sizes.keys()].sort((a, b) => b - a)
  }

  /** The revision is saved by now: an old one that cannot be removed is no reason to refuse it. */
  async #forgetOldest (): Promise<void> {
    const numbers = (await this.#numbers().catch(() => [])).filter(number => number <= this.#newest!)
    for (const number of numbers.slice(revisionsKept(numbers.map(number => this.#sizes!.get(number)!)))) {
      await rm(this.#file(number), { force: true }).catch(() => {})
      this.#sizes!.delete(number)
      this.#records.delete(number)
    }
  }
}

/**
 * Undefined for a file that is not there. Throws `storage-failed`; `isDamage` of it if the file can be read and is no
 * revision.
 */
const readRevision = async (path: string): Promise<SavedRevision | undefined> => {
  const text = await readFile(path, 'utf8').catch((error: unknown) =>
    isAbsent(error) ? undefined : Promise.reject(storageFailure('read', path, error))
  )
  if (text === undefined) return undefined
  try { return parseRevision(text) } catch (error) { throw storageFailure('read', path, error) }
}

/** Undefined for a file that is damaged or not there. */
const readRecord = async (path: string): Promise<RevisionRecord | undefined> => {
  const file = await open(path).catch(() => undefined)
  if (file === undefined) return undefined
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(RECORD_BYTES), 0, RECORD_BYTES, 0)
    return recordOf(buffer.toString('utf8', 0, bytesRead))
  } catch {
    return undefined
  } finally {
    await file.close()
  }
}
