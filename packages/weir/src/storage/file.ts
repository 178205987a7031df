import { chmod, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AcmeFile, type AcmeArchive } from './acme-archive.ts'
import { atomicWrite } from './atomic-write.ts'
import { DirectoryLock } from './directory-lock.ts'
import { JobFile, type JobArchive } from './job-archive.ts'
import { readJson } from './json-file.ts'
import { NameFile, type NameArchive } from './name-archive.ts'
import type { SessionArchive } from './session-archive.ts'
import { SessionFiles } from './session-files.ts'
import { attempt, isAbsent, storageFailure } from './storage-failure.ts'
import { historyLength, type SavedRevision, type Storage } from './storage.ts'
import { SecretFile, type SecretArchive } from './secret.ts'

/**
 * Keeps everything in a directory, in files that only their owner can read (mode 0600):
 *
 *     DIR/config.json              the current revision, private keys included
 *     DIR/history/0000000042.json  the last 20 revisions, private keys included
 *     DIR/sessions/                persistence entries: a snapshot and logs (`SessionFiles`)
 *     DIR/ticket-secret.json       what the keys of TLS tickets are made from
 *     DIR/cookie-secret.json       what the keys of affinity cookies are made from
 *     DIR/acme.json                accounts at authorities and issued certificates, private keys included
 *     DIR/jobs.json                jobs that run, and the last that have ended
 *     DIR/names.json               the last known addresses of host names
 *     DIR/lock                     the process that uses it
 */
export class FileStorage implements Storage {
  readonly sessions: SessionArchive
  readonly ticketSecret: SecretArchive
  readonly cookieSecret: SecretArchive
  readonly acme: AcmeArchive
  readonly jobs: JobArchive
  readonly names: NameArchive
  readonly #directory: string
  #lock: DirectoryLock | undefined

  constructor (directory: string) {
    this.#directory = directory
    this.sessions = new SessionFiles(directory)
    this.ticketSecret = new SecretFile(directory, 'ticket-secret.json')
    this.cookieSecret = new SecretFile(directory, 'cookie-secret.json')
    this.acme = new AcmeFile(directory)
    this.jobs = new JobFile(directory)
    this.names = new NameFile(directory)
  }

  get #current (): string { return join(this.#directory, 'config.json') }
  get #historyDirectory (): string { return join(this.#directory, 'history') }
  #historyFile (revision: number): string { return join(this.#historyDirectory, `${String(revision).padStart(10, '0')}.json`) }

  async open (): Promise<void> {
    await attempt('take the directory', this.#directory, async () => { this.#lock ??= await DirectoryLock.take(this.#directory) })
    for (const directory of [this.#directory, this.#historyDirectory, join(this.#directory, 'sessions')]) await tighten(directory)
  }

  async close (): Promise<void> {
    const lock = this.#lock
    this.#lock = undefined
    await attempt('let go of the directory', this.#directory, async () => { await lock?.release() })
  }

  async load (): Promise<SavedRevision | undefined> { return await readJson(this.#current, isRevision) }

  async save (revision: SavedRevision): Promise<void> {
    const text = JSON.stringify(revision, null, 2)
    const entry = this.#historyFile(revision.revision)
    await attempt('save the configuration to', this.#current, async () => {
      await mkdir(this.#historyDirectory, { recursive: true, mode: 0o700 })
      // The history comes first: what is current is always in it, and only the last step makes the revision current.
      await atomicWrite(entry, text)
      try {
        await atomicWrite(this.#current, text)
      } catch (error) {
        await rm(entry, { force: true }).catch(() => {})
        throw error
      }
    })
    await this.#forgetOldest()
  }

  async history (): Promise<readonly SavedRevision[]> {
    const revisions: SavedRevision[] = []
    for (const file of await this.#historyFiles()) {
      const saved = await readJson(join(this.#historyDirectory, file), isRevision)
      if (saved !== undefined) revisions.push(saved)
    }
    return revisions
  }

  /** Newest first. */
  async #historyFiles (): Promise<string[]> {
    const files = await readdir(this.#historyDirectory).catch(error => isAbsent(error) ? [] : Promise.reject(storageFailure('read', this.#historyDirectory, error)))
    return files.filter(file => /^\d{10}\.json$/.test(file)).sort().reverse()
  }

  /** The revision is saved by now: an old one that cannot be removed is no reason to refuse it. */
  async #forgetOldest (): Promise<void> {
    const files = await this.#historyFiles().catch(() => [])
    for (const file of files.slice(historyLength)) await rm(join(this.#historyDirectory, file), { force: true }).catch(() => {})
  }
}

/** Files that came from elsewhere, a backup perhaps, may be readable by others. Where the file system has no permissions there are none to take away. */
const tighten = async (directory: string): Promise<void> => {
  for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
    if (!entry.isFile()) continue
    const path = join(directory, entry.name)
    const { mode } = await stat(path).catch(() => ({ mode: 0 }))
    if ((mode & 0o077) !== 0) await chmod(path, 0o600).catch(() => {})
  }
}

const isRevision = (value: unknown): value is SavedRevision =>
  typeof value === 'object' && value !== null && Number.isInteger((value as SavedRevision).revision) && typeof (value as SavedRevision).config === 'object'
