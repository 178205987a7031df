import { step, type SharedEntry } from './shared-entry.ts'
import type {
  RecordWrite,
  SessionOp,
  SessionReply,
  SharedRecord,
  SharedSession,
  SharedStore,
  StoreWatcher
} from './shared-store.ts'

/** Entries of one answer of `list`. */
const LIST_PART = 1000
/** An expired entry is removed when it is touched; so many others are looked at with each batch. */
const SOME = 16

/** A record as it is kept. Times are milliseconds on the store's clock. */
export interface KeptRecord {
  readonly value: string
  readonly version: number
  readonly writtenAt: number
  readonly expiresAt: number | undefined
}

/** Called with every change, in order: the new state, or undefined where there is none any more. */
export interface SharedJournal {
  onEntry (id: string, entry: SharedEntry | undefined): void
  onRecord (id: string, record: KeptRecord | undefined): void
}

export interface SharedMemoryOptions {
  /** The store's clock, in milliseconds. */
  readonly now?: (() => number) | undefined
  readonly journal?: SharedJournal | undefined
}

/** What nodes share, in the memory of one process: each node has a store of its own on it. */
export class SharedMemory {
  readonly #now: () => number
  readonly #journal: SharedJournal | undefined
  /** By table and key. Names of tables have no space. */
  readonly #entries = new Map<string, SharedEntry>()
  /** By kind and name. Kinds have no space. */
  readonly #records = new Map<string, KeptRecord>()
  readonly #nodes = new Map<string, StoreWatcher>()
  #version = 0
  #tidying: IterableIterator<[string, SharedEntry]> | undefined

  constructor ({ now = () => performance.now(), journal }: SharedMemoryOptions = {}) {
    this.#now = now
    this.#journal = journal
  }

  /** Take in what was kept. */
  restore (id: string, entry: SharedEntry): void { this.#entries.set(id, entry) }
  restoreRecord (id: string, record: KeptRecord): void {
    this.#version = Math.max(this.#version, record.version)
    this.#records.set(id, record)
  }

  forget (id: string): void { this.#entries.delete(id) }
  forgetRecord (id: string): void { this.#records.delete(id) }

  join (node: string, watcher: StoreWatcher): void { this.#nodes.set(node, watcher) }
  leave (node: string): void { this.#nodes.delete(node) }

  apply (node: string, ops: readonly SessionOp[]): SessionReply[] {
    const now = this.#now()
    this.#tidy(now)
    return ops.map(op => {
      const id = `${op.table} ${op.key}`
      const before = this.#live(id, now)
      const { reply, entry, moved } = step(before, op, node, now)
      if (entry !== before) {
        this.#set(id, entry)
        const service = entry === undefined || entry.service === '' ? undefined : entry.service
        for (const [other, watcher] of moved ? this.#nodes : [])
          if (other !== node) watcher.onMoved(op.table, op.key, service, op.what === 'set')
      }
      return reply
    })
  }

  list (from: string | undefined): { entries: SharedSession[], next: string | undefined } {
    const now = this.#now()
    const entries: SharedSession[] = []
    let at = 0
    const first = Number(from ?? 0)
    for (const [id, { service, nodes, expiresAt }] of this.#entries) {
      if (at++ < first) continue
      if (service !== '' && expiresAt > now)
        entries.push({ ...partsOf(id), service, nodes: nodes.size, expiresInMs: expiresAt - now })
      if (at === first + LIST_PART) return { entries, next: String(at) }
    }
    return { entries, next: undefined }
  }

  read (kind: string): SharedRecord[] {
    const now = this.#now()
    const found: SharedRecord[] = []
    for (const [id, { value, version, writtenAt, expiresAt }] of this.#records) {
      if (!id.startsWith(`${kind} `)) continue
      if (expiresAt !== undefined && expiresAt <= now) this.#setRecord(id, undefined)
      else found.push({ name: id.slice(kind.length + 1), value, version, ageMs: now - writtenAt })
    }
    return found
  }

  publish (node: string, topic: string, text: string): void {
    for (const [other, watcher] of this.#nodes) if (other !== node) watcher.onMessage(topic, text)
  }

  write ({ kind, name, value, expect, ttlMs }: RecordWrite): number | undefined {
    const now = this.#now()
    const id = `${kind} ${name}`
    const found = this.#records.get(id)
    const before = found?.expiresAt !== undefined && found.expiresAt <= now ? undefined : found
    if (expect !== undefined && (before?.version ?? 0) !== expect) return undefined
    const version = value === undefined ? 0 : ++this.#version
    this.#setRecord(
      id,
      value === undefined
        ? undefined
        : { value, version, writtenAt: now, expiresAt: ttlMs === undefined ? undefined : now + ttlMs }
    )
    for (const watcher of this.#nodes.values()) watcher.onChanged(kind)
    return version
  }

  /** Everything that is kept, as a journal gets it. */
  walk (journal: SharedJournal): void {
    const now = this.#now()
    for (const [id, entry] of this.#entries) if (entry.expiresAt > now) journal.onEntry(id, entry)
    for (const [id, record] of this.#records)
      if (record.expiresAt === undefined || record.expiresAt > now) journal.onRecord(id, record)
  }

  get size (): number { return this.#entries.size + this.#records.size }

  #live (id: string, now: number): SharedEntry | undefined {
    const entry = this.#entries.get(id)
    if (entry === undefined || entry.expiresAt > now) return entry
    this.#set(id, undefined)
    return undefined
  }

  #tidy (now: number): void {
    for (let looks = 0; looks < SOME; looks++) {
      this.#tidying ??= this.#entries.entries()
      const { value, done } = this.#tidying.next()
      if (done === true) {
        this.#tidying = undefined
        return
      }
      if (value[1].expiresAt <= now) this.#set(value[0], undefined)
    }
  }

  #set (id: string, entry: SharedEntry | undefined): void {
    if (entry === undefined) this.#entries.delete(id)
    else this.#entries.set(id, entry)
    this.#journal?.onEntry(id, entry)
  }

  #setRecord (id: string, record: KeptRecord | undefined): void {
    if (record === undefined) this.#records.delete(id)
    else this.#records.set(id, record)
    this.#journal?.onRecord(id, record)
  }
}

/** A node's store on the memory of one process: for tests, and for programs that run several Weirs. */
export class MemoryStore implements SharedStore {
  readonly place = 'memory'
  readonly isPrivate: boolean = true
  readonly #memory: SharedMemory
  #node = ''

  constructor (memory: SharedMemory = new SharedMemory()) { this.#memory = memory }

  async open (node: string, watcher: StoreWatcher): Promise<void> {
    this.#node = node
    this.#memory.join(node, watcher)
  }

  async sessions (ops: readonly SessionOp[]): Promise<readonly SessionReply[]> {
    return this.#memory.apply(this.#node, ops)
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
    return this.#memory.write(write)
  }
  async publish (topic: string, text: string): Promise<void> {
    this.#memory.publish(this.#node, topic, text)
  }
  async close (): Promise<void> {
    this.#memory.leave(this.#node)
  }
}

const partsOf = (id: string): { table: string, key: string } => {
  const space = id.indexOf(' ')
  return { table: id.slice(0, space), key: id.slice(space + 1) }
}
