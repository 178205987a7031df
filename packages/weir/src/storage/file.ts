import { chmod, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AcmeFile, type AcmeArchive } from './acme-archive.ts'
import { checkFormat, noteFormat } from './directory-format.ts'
import { DirectoryLock } from './directory-lock.ts'
import { type BanArchive, BanFile } from './ban-archive.ts'
import { JobFile, type JobArchive } from './job-archive.ts'
import { NameFile, type NameArchive } from './name-archive.ts'
import type { SessionArchive } from './session-archive.ts'
import { RevisionFiles } from './revision-files.ts'
import { SessionFiles } from './session-files.ts'
import { attempt } from './storage-failure.ts'
import type { RevisionRecord, SavedRevision, Storage } from './storage.ts'
import { SecretFile, type SecretArchive } from './secret.ts'
import { TokenFile, type TokenArchive } from './token-archive.ts'
import { version } from '../version.ts'

/**
 * Keeps everything in a directory, in files that only their owner can read (mode 0600):
 *
 *     DIR/config.json              the current revision, private keys included
 *     DIR/history/0000000042.json  the last revisions, private keys included: 100 at most, and 64 MiB
 *     DIR/format.json              the form of all this: a release that cannot read it changes nothing
 *     DIR/sessions/                persistence entries: a snapshot and logs (`SessionFiles`)
 *     DIR/ticket-secret.json       what the keys of TLS tickets are made from
 *     DIR/cookie-secret.json       what the keys of affinity cookies are made from
 *     DIR/acme.json                accounts at authorities and issued certificates, private keys included
 *     DIR/jobs.json                jobs that run, and the last that have ended
 *     DIR/bans.json                addresses that are refused for a time
 *     DIR/names.json               the last known addresses of host names
 *     DIR/tokens.json              hashes of the API's named tokens
 *     DIR/lock                     the process that uses it
 */
export class FileStorage implements Storage {
  readonly sessions: SessionArchive
  readonly ticketSecret: SecretArchive
  readonly cookieSecret: SecretArchive
  readonly acme: AcmeArchive
  readonly jobs: JobArchive
  readonly bans: BanArchive
  readonly names: NameArchive
  readonly tokens: TokenArchive
  readonly #directory: string
  readonly #revisions: RevisionFiles
  #lock: DirectoryLock | undefined

  constructor (directory: string) {
    this.#directory = directory
    this.#revisions = new RevisionFiles(directory)
    this.sessions = new SessionFiles(directory)
    this.ticketSecret = new SecretFile(directory, 'ticket-secret.json')
    this.cookieSecret = new SecretFile(directory, 'cookie-secret.json')
    this.acme = new AcmeFile(directory)
    this.jobs = new JobFile(directory)
    this.bans = new BanFile(directory)
    this.names = new NameFile(directory)
    this.tokens = new TokenFile(directory)
  }

  async open (): Promise<void> {
    await checkFormat(this.#directory)
    await attempt('take the directory', this.#directory, async () => {
      this.#lock ??= await DirectoryLock.take(this.#directory)
    })
    // A directory without the note has the first form: a full disk is no reason not to start.
    await noteFormat(this.#directory, version).catch(() => {})
    for (const directory of [this.#directory, join(this.#directory, 'history'), join(this.#directory, 'sessions')])
      await tighten(directory)
  }

  async close (): Promise<void> {
    const lock = this.#lock
    this.#lock = undefined
    await attempt('let go of the directory', this.#directory, async () => { await lock?.release() })
  }

  get damage (): string | undefined {
    return this.#revisions.damage
  }
  async load (): Promise<SavedRevision | undefined> {
    return await this.#revisions.load()
  }
  async save (revision: SavedRevision): Promise<void> {
    await this.#revisions.save(revision)
  }
  async revisions (): Promise<readonly RevisionRecord[]> {
    return await this.#revisions.records()
  }
  async revision (revision: number): Promise<SavedRevision | undefined> {
    return await this.#revisions.revision(revision)
  }
}

/**
 * Files that came from elsewhere, a backup perhaps, may be readable by others. Where the file system has no permissions
 * there are none to take away.
 */
const tighten = async (directory: string): Promise<void> => {
  for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
    if (!entry.isFile()) continue
    const path = join(directory, entry.name)
    const { mode } = await stat(path).catch(() => ({ mode: 0 }))
    if ((mode & 0o077) !== 0) await chmod(path, 0o600).catch(() => {})
  }
}
