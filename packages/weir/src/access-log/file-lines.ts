import { close, closeSync, constants, fstat, open, openSync, stat, write, writeSync, type Stats } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { MAX_WAITING_BYTES } from '../line-queue.ts'

/** Reports about a file of lines. */
export interface FileLinesEvents {
  /** Its file cannot be opened or written; once, until it can again. */
  onTrouble (error: NodeJS.ErrnoException): void
  /** So many lines were dropped, and there is room again. */
  onDropped (count: number): void
}

/** Maximum bytes of one write. Linux writes them as a whole into a file that is open for appending. */
const CHUNK_BYTES = 256 * 1024
/** How soon to try again when the file cannot be opened or written. */
const RETRY_MS = 1000
/** How often the file is looked for under its name. */
const LOOK_MS = 1000
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOCTTY | constants.O_NONBLOCK
/** Others than the owner and the group read no addresses. */
const MODE = 0o640

const files = {
  open: promisify(open),
  close: promisify(close),
  stat: promisify(stat),
  fstat: promisify(fstat),
  write: promisify(write)
}

/**
 * Lines at the end of a file that several processes write. The writer of a line never waits: lines wait here, and one
 * write of whole lines at a time is under way, beside the event loop.
 *
 *     write(line) ─► waiting ─► chunk of whole lines ─► file
 *          └── more than `maxBytes`: dropped and counted; reported once half of them is written
 *
 * The file is opened again when it has been renamed or removed, at most a second later, or when `reopen` is called.
 */
export class FileLines {
  readonly #path: string
  readonly #events: FileLinesEvents
  readonly #maxBytes: number
  #fd: number | undefined
  #file: Pick<Stats, 'dev' | 'ino'> | undefined
  #lookedAt = -Infinity
  #stale = false
  #waiting: string[] = []
  #bytes = 0
  /** What is being written, without its lines that are. */
  #chunk: Buffer | undefined
  /** The chunk begins with a line of which a part is in the file. */
  #broken = false
  /** A thread writes the chunk now. */
  #writing = false
  #pumping: Promise<void> | undefined
  #trouble = false
  /** The file cannot be opened again under its name; the lines go to the renamed one. */
  #unopened = false
  #unsaid = 0
  #dropped = 0
  #closed = false
  readonly #atExit = (): void => { this.#writeNow() }

  constructor (path: string, events: FileLinesEvents, maxBytes: number = MAX_WAITING_BYTES) {
    this.#path = path
    this.#events = events
    this.#maxBytes = maxBytes
    process.on('exit', this.#atExit)
  }

  /** How many lines were dropped since the start. */
  get dropped (): number { return this.#dropped }

  /** Bytes that wait. */
  get waitingBytes (): number { return this.#bytes }

  /** Write a line, with its line feed; it may be dropped. */
  write (line: string): void {
    const bytes = Buffer.byteLength(line)
    if (this.#closed || this.#bytes + bytes > this.#maxBytes) {
      this.#dropped++
      this.#unsaid++
      return
    }
    this.#waiting.push(line)
    this.#bytes += bytes
    this.#pumping ??= this.#pump()
  }

  /** Open the file again before the next line. */
  reopen (): void { this.#stale = true }

  /** Write what waits, for at most so long, and close the file. */
  async close (ms: number): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.#pumping !== undefined) await Promise.race([this.#pumping, sleep(ms, undefined, { ref: false })])
    process.off('exit', this.#atExit)
    this.#writeNow()
    // A write that hangs has the descriptor.
    if (this.#pumping === undefined) this.#closeFile()
  }

  #closeFile (): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }

  async #pump (): Promise<void> {
    // The lines of this turn of the event loop go together.
    await new Promise(setImmediate)
    while (this.#bytes > 0) {
      try {
        await this.#freshen()
        this.#chunk ??= this.#nextChunk()
        const chunk = this.#broken ? Buffer.concat([LINE_FEED, this.#chunk]) : this.#chunk
        this.#writing = true
        const { bytesWritten } = await files.write(this.#fd!, chunk, 0, chunk.length, null)
        this.#writing = false
        this.#take(bytesWritten)
      } catch (error) {
        this.#writing = false
        if (!this.#trouble) this.#events.onTrouble(error as NodeJS.ErrnoException)
        this.#trouble = true
        if (this.#closed) {
          this.#writeNow()
          break
        }
        await sleep(RETRY_MS, undefined, { ref: false })
      }
    }
    this.#pumping = undefined
    if (this.#closed) this.#closeFile()
  }

  /** Open the file if it is not, or if another is there under its name. */
  async #freshen (): Promise<void> {
    const now = performance.now()
    if (this.#fd !== undefined && !this.#stale) {
      if (now - this.#lookedAt < LOOK_MS) return
      this.#lookedAt = now
      const there = await files.stat(this.#path).catch(() => undefined)
      if (there !== undefined && there.ino === this.#file!.ino && there.dev === this.#file!.dev) return
    }
    this.#stale = false
    this.#lookedAt = now
    let fd: number
    try {
      fd = await files.open(this.#path, APPEND, MODE)
    } catch (error) {
      // The renamed file takes the lines until there is another.
      if (this.#fd === undefined) throw error
      if (!this.#unopened) this.#events.onTrouble(error as NodeJS.ErrnoException)
      this.#unopened = true
      return
    }
    const before = this.#fd
    this.#unopened = false
    this.#fd = fd
    this.#file = await files.fstat(fd)
    this.#broken = false
    if (before !== undefined) await files.close(before)
  }

  #nextChunk (): Buffer {
    let [count, length] = [0, 0]
    while (count < this.#waiting.length && (count === 0 || length < CHUNK_BYTES))
      length += this.#waiting[count++]!.length
    return Buffer.from(this.#waiting.splice(0, count).join(''))
  }

  /**
   * So many bytes are in the file. A line of which a part is there is written again as a whole: another process may
   * write behind that part.
   */
  #take (written: number): void {
    const chunk = this.#chunk!
    const count = this.#broken ? Math.max(0, written - 1) : written
    const whole = count >= chunk.length ? chunk.length : chunk.subarray(0, count).lastIndexOf(10) + 1
    this.#broken = whole < count
    this.#bytes -= whole
    this.#chunk = whole === chunk.length ? undefined : chunk.subarray(whole)
    this.#trouble = false
    if (this.#unsaid === 0 || this.#bytes > this.#maxBytes / 2) return
    this.#events.onDropped(this.#unsaid)
    this.#unsaid = 0
  }

  /**
   * The end of a process, which nothing comes after. A chunk that is being written is not written twice: Node ends its
   * threads when they have done their work. Lines that cannot be written are counted and reported.
   */
  #writeNow (): void {
    const chunk = this.#writing ? undefined : this.#chunk
    const broken = chunk !== undefined && this.#broken
    const bytes = Buffer.concat([
      ...broken ? [LINE_FEED] : [],
      ...chunk === undefined ? [] : [chunk],
      Buffer.from(this.#waiting.join(''))
    ])
    let written = 0
    try {
      if (bytes.length > 0) this.#fd ??= openSync(this.#path, APPEND, MODE)
      while (written < bytes.length) written += writeSync(this.#fd!, bytes, written)
    } catch { /* What is left is counted. */ }
    // The line feed that ends a broken line is no line.
    const lost = linesIn(bytes.subarray(Math.max(written, broken ? 1 : 0)))
    if (!this.#writing) this.#chunk = undefined
    this.#waiting = []
    this.#bytes = this.#chunk?.length ?? 0
    this.#dropped += lost
    const unsaid = this.#unsaid + lost
    this.#unsaid = 0
    if (unsaid > 0) this.#events.onDropped(unsaid)
  }
}

const linesIn = (bytes: Buffer): number => {
  let count = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++
  return count
}

const LINE_FEED = Buffer.from('\n')
