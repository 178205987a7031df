import { constants } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { SessionArchive, SessionFile, SnapshotWriter } from './session-archive.ts'
import { readSessionsJson } from './sessions-json.ts'
import { attempt, isAbsent } from './storage-failure.ts'

/**
 * Bytes of a log that are always worth keeping; of a larger one half the size of the snapshot before it is. So a start
 * reads each entry one and a half times at most.
 */
const MIN_LOG = 8 * 1024 * 1024
/** More logs than this are made into a snapshot, whatever their size: every start begins one. */
const MAX_LOGS = 8
const READ_BYTES = 256 * 1024

/**
 * Sessions in files, of which only the owner can read any (mode 0600):
 *
 *     DIR/sessions/0000000007.snapshot   all entries there were when log 7 began
 *     DIR/sessions/0000000007.log        what happened since
 *     DIR/sessions/0000000008.log        … since the last start, or since snapshot 8 was begun that is not finished
 *     DIR/sessions.json                  all there was, in the form of Weir 0.1; gone with the first snapshot
 *
 * The last snapshot and the logs from its number on are what is read. A snapshot is written beside them, and then
 * renamed.
 */
export class SessionFiles implements SessionArchive {
  readonly durable = true
  readonly #folder: string
  readonly #json: string
  /** Number of the log that is written. */
  #number = 0
  #log: FileHandle | undefined
  /** Position of the next write: after the last complete one. */
  #position = 0
  /** The folder has a new name in it that is not on disk yet. */
  #named = false
  #logs = 0
  #logBytes = 0
  #snapshotBytes = 0
  #oldForm = false
  #snapshot: FileSnapshot | undefined
  /** The log before, on its way to the disk. */
  #retired: Promise<void> | undefined

  /** `directory`: of the whole state. */
  constructor (directory: string) {
    this.#folder = join(directory, 'sessions')
    this.#json = join(directory, 'sessions.json')
  }

  get wantsSnapshot (): boolean {
    return this.#oldForm || this.#logs > MAX_LOGS || this.#logBytes > Math.max(MIN_LOG, this.#snapshotBytes / 2)
  }

  async * read (): AsyncGenerator<SessionFile> {
    const { snapshots, logs, highest } = await this.#list()
    this.#number = highest + 1
    const from = snapshots.at(-1) ?? 0
    const live = logs.filter(number => number >= from)
    this.#logs = live.length
    const files = [
      ...snapshots.slice(-1).map(number => this.#path(number, 'snapshot')),
      ...live.map(number => this.#path(number, 'log'))
    ]
    const json = await timeOf(this.#json)
    this.#oldForm = json !== undefined
    // An older version may have run on this directory after a newer one: what was written last is true.
    const newest = Math.max(...await Promise.all(files.map(async file => await timeOf(file) ?? 0)), 0)
    if (json !== undefined && json <= newest) yield readSessionsJson(this.#json)
    for (const file of files) yield this.#counted(file)
    if (json !== undefined && json > newest) yield readSessionsJson(this.#json)
  }

  async * #counted (file: string): AsyncGenerator<Uint8Array> {
    for await (const bytes of read(file)) {
      if (file.endsWith('.log')) this.#logBytes += bytes.length
      else this.#snapshotBytes += bytes.length
      yield bytes
    }
  }

  async append (records: Uint8Array): Promise<void> {
    await attempt('save sessions to', this.#path(this.#number, 'log'), async () => {
      this.#log ??= await this.#begin()
      await writeAll(this.#log, records, this.#position)
      this.#position += records.length
      this.#logBytes += records.length
    })
  }

  async sync (): Promise<void> {
    await attempt('save sessions to', this.#folder, async () => {
      await this.#log?.datasync()
      if (this.#named) await syncFolder(this.#folder)
      this.#named = false
    })
  }

  async snapshot (): Promise<SnapshotWriter> {
    return await attempt('save sessions to', this.#folder, async () => {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 })
      const number = this.#number + 1
      const temporary = `${this.#path(number, 'snapshot')}.tmp`
      await rm(temporary, { force: true })
      const file = await open(temporary, 'wx', 0o600)
      // From here on the log is another one, whatever becomes of the snapshot. A slow disk holds up neither.
      this.#retired = closeSynced(this.#log)
      this.#log = undefined
      this.#number = number
      this.#position = 0
      const before = this.#logBytes
      this.#snapshot = new FileSnapshot(temporary, file, async bytes => {
        await rename(temporary, this.#path(number, 'snapshot'))
        await syncFolder(this.#folder)
        this.#snapshotBytes = bytes
        this.#logBytes -= before
        this.#oldForm = false
        await this.#removeBefore(number)
      })
      return this.#snapshot
    })
  }

  async close (): Promise<void> {
    await this.#snapshot?.abort()
    await this.#retired
    const log = this.#log
    this.#log = undefined
    await closeSynced(log)
  }

  #path (number: number, kind: 'log' | 'snapshot'): string {
    return join(this.#folder, `${String(number).padStart(10, '0')}.${kind}`)
  }

  async #begin (): Promise<FileHandle> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const file = await open(this.#path(this.#number, 'log'), constants.O_WRONLY | constants.O_CREAT, 0o600)
    this.#named = true
    this.#logs++
    return file
  }

  async #list (): Promise<{ readonly snapshots: number[], readonly logs: number[], readonly highest: number }> {
    const names = await attempt(
      'read',
      this.#folder,
      async () => await readdir(this.#folder).catch((error: unknown) => isAbsent(error) ? [] : Promise.reject(error))
    )
    const numbers = (kind: string): number[] =>
      names.flatMap(name => new RegExp(`^(\\d{10})\\.${kind}$`).exec(name)?.slice(1).map(Number) ?? []).sort((a, b) =>
        a - b
      )
    const snapshots = numbers('snapshot')
    const logs = numbers('log')
    return { snapshots, logs, highest: Math.max(0, ...snapshots, ...logs) }
  }

  /** The snapshot is there: what cannot be removed does no harm. */
  async #removeBefore (number: number): Promise<void> {
    const { snapshots, logs } = await this.#list()
    const old = [
      ...snapshots.filter(n => n < number).map(n => this.#path(n, 'snapshot')),
      ...logs.filter(n => n < number).map(n => this.#path(n, 'log')),
      this.#json
    ]
    for (const path of old) await rm(path, { force: true }).catch(() => {})
    this.#logs = logs.filter(n => n >= number).length
  }
}

class FileSnapshot implements SnapshotWriter {
  readonly #path: string
  readonly #file: FileHandle
  readonly #onWritten: (bytes: number) => Promise<void>
  #bytes = 0
  #closed = false

  constructor (path: string, file: FileHandle, onWritten: (bytes: number) => Promise<void>) {
    this.#path = path
    this.#file = file
    this.#onWritten = onWritten
  }

  async write (records: Uint8Array): Promise<void> {
    await attempt('save sessions to', this.#path, async () => {
      await writeAll(this.#file, records, this.#bytes)
      this.#bytes += records.length
    })
  }

  async commit (): Promise<void> {
    await attempt('save sessions to', this.#path, async () => {
      await this.#file.datasync()
      await this.#close()
      await this.#onWritten(this.#bytes)
    })
  }

  async abort (): Promise<void> {
    if (this.#closed) return
    await this.#close().catch(() => {})
    await rm(this.#path, { force: true }).catch(() => {})
  }

  async #close (): Promise<void> {
    this.#closed = true
    await this.#file.close()
  }
}

async function * read (path: string): AsyncGenerator<Uint8Array> {
  const file = await attempt('read', path, async () => await open(path))
  try {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
    for (;;) {
      const { bytesRead } = await attempt('read', path, async () => await file.read(buffer, 0, READ_BYTES, null))
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

/** Never rejects: all bytes of a log were written, and a late disk error has no receiver that could act. */
const closeSynced = async (file: FileHandle | undefined): Promise<void> => {
  await file?.datasync().catch(() => {})
  await file?.close().catch(() => {})
}

/** A write may be shorter than requested. */
const writeAll = async (file: FileHandle, bytes: Uint8Array, position: number): Promise<void> => {
  for (let done = 0; done < bytes.length;)
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten
}

/** A file's name is on disk when its folder is. */
const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path)
  try { await folder.sync() } finally { await folder.close() }
}

const timeOf = async (path: string): Promise<number | undefined> =>
  await stat(path).then(({ mtimeMs }) => mtimeMs, () => undefined)
