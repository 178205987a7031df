import { open, readFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { atomicWrite } from '../storage/atomic-write.ts'
import { DirectoryLock } from '../storage/directory-lock.ts'
import type { SharedEntry } from './shared-entry.ts'
import { SharedMemory, type KeptRecord, type SharedJournal } from './shared-memory.ts'
import type {
  RecordWrite,
  SessionOp,
  SessionReply,
  SharedRecord,
  SharedSession,
  SharedStore,
  StoreWatcher
} from './shared-store.ts'

/** A log of fewer lines is not written anew. */
const MIN_LINES = 10_000

interface EntryLine { readonly entry: string, readonly is?: readonly [service: string, until: number, grantee: string, nodes: readonly string[], expiresAt: number] | undefined }
interface RecordLine { readonly record: string, readonly is?: KeptRecord | undefined }

/**
 * The shared store of a single node, in a directory that survives its restarts: `DIR/shared.jsonl` has a line for each
 * change. A call resolves when its changes are written to the file. The log is written anew once most of it is out of
 * date. One process at a time has the directory.
 */
export class FileStore implements SharedStore {
  readonly place: string
  readonly isPrivate: boolean = true
  readonly #directory: string
  readonly #memory: SharedMemory
  #node = ''
  #lock: DirectoryLock | undefined
  #file: FileHandle | undefined
  #lines: string[] = []
  #written = 0
  #writing: Promise<void> = Promise.resolve()

  /** `now` is of a clock that goes on while no process runs. */
  constructor (directory: string, now: () => number = () => Date.now()) {
    this.#directory = directory
    this.place = `directory ${directory}`
    this.#memory = new SharedMemory({ now, journal: this.#journal })
  }

  get #path (): string { return join(this.#directory, 'shared.jsonl') }

  async open (node: string, watcher: StoreWatcher): Promise<void> {
    this.#lock = await DirectoryLock.take(this.#directory)
    this.#node = node
    this.#memory.join(node, watcher)
    const text = await readFile(this.#path, 'utf8').catch((error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? '' : Promise.reject(error)
    )
    const whole = text.lastIndexOf('\n') + 1
    for (const line of text.slice(0, whole).split('\n'))
      if (line !== '' && !this.#restore(line)) watcher.onDamaged(`a line of ${this.#path}`)
    await this.#rewrite()
  }

  async sessions (ops: readonly SessionOp[]): Promise<readonly SessionReply[]> {
    return await this.#then(this.#memory.apply(this.#node, ops))
  }
  async list (
    from: string | undefined
  ): Promise<{ readonly entries: readonly SharedSession[], readonly next: string | undefined }> {
    return this.#memory.list(from)
  }
  async read (kind: string): Promise<readonly SharedRecord[]> {
    return this.#memory.read(kind)
  }
  async write (write: RecordWrite): Promise<number | undefined> {
    return await this.#then(this.#memory.write(write))
  }

  /** There is one node only. */
  async publish (): Promise<void> {}

  async close (): Promise<void> {
    this.#memory.leave(this.#node)
    await this.#writing.catch(() => {})
    await this.#file?.close()
    this.#file = undefined
    await this.#lock?.release()
    this.#lock = undefined
  }

  readonly #journal: SharedJournal = {
    onEntry: (entry, is) => {
      this.#lines.push(
        JSON.stringify(
          { entry, is: is && [is.service, is.until, is.grantee, [...is.nodes], is.expiresAt] } satisfies EntryLine
        )
      )
    },
    onRecord: (record, is) => {
      this.#lines.push(JSON.stringify({ record, is } satisfies RecordLine))
    }
  }

  async #then<T> (result: T): Promise<T> {
    const lines = this.#lines
    if (lines.length === 0) return result
    this.#lines = []
    this.#writing = this.#writing.catch(() => {}).then(async () => {
      this.#written += lines.length
      if (this.#written > MIN_LINES && this.#written > this.#memory.size * 4) await this.#rewrite()
      else await this.#file!.appendFile(`${lines.join('\n')}\n`)
    })
    await this.#writing
    return result
  }

  /** False: the line is damaged. */
  #restore (line: string): boolean {
    let read: EntryLine | RecordLine
    try { read = JSON.parse(line) as EntryLine | RecordLine } catch { return false }
    if ('entry' in read && typeof read.entry === 'string') {
      if (read.is === undefined) this.#memory.forget(read.entry)
      else if (!isEntry(read.is)) return false
      else this.#memory.restore(read.entry, entryOf(read.is))
      return true
    }
    if (!('record' in read) || typeof read.record !== 'string') return false
    if (read.is === undefined) this.#memory.forgetRecord(read.record)
    else if (typeof read.is.value !== 'string' || typeof read.is.version !== 'number') return false
    else this.#memory.restoreRecord(read.record, read.is)
    return true
  }

  async #rewrite (): Promise<void> {
    // What waits to be appended is in the memory, too.
    this.#lines = []
    this.#memory.walk(this.#journal)
    const lines = this.#lines
    this.#lines = []
    await this.#file?.close()
    await atomicWrite(this.#path, lines.map(line => `${line}\n`).join(''))
    this.#file = await open(this.#path, 'a', 0o600)
    this.#written = lines.length
  }
}

const isEntry = (is: unknown): is is NonNullable<EntryLine['is']> =>
  Array.isArray(is) && typeof is[0] === 'string' && typeof is[1] === 'number' && typeof is[2] === 'string' &&
  Array.isArray(is[3]) && typeof is[4] === 'number'

const entryOf = ([service, until, grantee, nodes, expiresAt]: NonNullable<EntryLine['is']>): SharedEntry => ({
  service,
  until,
  grantee,
  nodes: new Set(nodes),
  expiresAt
})
