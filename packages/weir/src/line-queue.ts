/**
 * Where the lines of a log go. `write` never waits: it takes what there is room for, returns the count of bytes, and
 * throws when there is no room at all.
 */
export interface LineSink {
  write (bytes: Uint8Array): number
}

/** Options of a queue. */
export interface LineQueueOptions {
  /** Maximum waiting bytes; further lines are dropped. Default: `MAX_WAITING_BYTES`. */
  readonly maxBytes?: number | undefined
  /** Returns the line that replaces the dropped ones, with its line feed; undefined if they are reported elsewhere. */
  readonly droppedLine: (count: number) => string | undefined
}

/** Room for the lines of some 40,000 connections that end at once. */
export const MAX_WAITING_BYTES = 16 * 1024 * 1024
/**
 * A pipe takes so many bytes as a whole or not at all [POSIX PIPE_BUF, 4096 on Linux], so that the lines of several
 * processes do not mix.
 */
const WHOLE_BYTES = 4096
/** Maximum bytes written in one turn of the event loop. */
const TURN_BYTES = 256 * 1024
/** How soon to try again when the sink had no room: at first, doubling to the longest. */
const FIRST_RETRY_MS = 2
const LONGEST_RETRY_MS = 100
/** How soon when it failed: its reader is gone, or its disk is full. */
const FAILED_RETRY_MS = 1000

const sleeper = new Int32Array(new SharedArrayBuffer(4))

/**
 * Lines for a sink that may be slow. A line is written at once while the sink accepts it, and waits otherwise; the
 * logging code never waits.
 *
 *     write(line) ──queue empty──► sink
 *          └──no room, or others wait──► queue ──timer──► sink
 *                └──more than `maxBytes`──► dropped and counted, until half of the queue is written; then one line has
 * the number
 */
export class LineQueue {
  readonly #sink: LineSink
  readonly #maxBytes: number
  readonly #droppedLine: LineQueueOptions['droppedLine']
  /** The waiting lines, from `#first` on. */
  #lines: Uint8Array[] = []
  #first = 0
  #bytes = 0
  /** Dropped lines that are not reported yet. */
  #unsaid = 0
  #dropped = 0
  #retryMs = FIRST_RETRY_MS
  #timer: NodeJS.Timeout | undefined

  constructor (sink: LineSink, options: LineQueueOptions) {
    this.#sink = sink
    this.#maxBytes = options.maxBytes ?? MAX_WAITING_BYTES
    this.#droppedLine = options.droppedLine
  }

  /** How many lines were dropped since the start. */
  get dropped (): number { return this.#dropped }

  /** Bytes that wait. */
  get waitingBytes (): number { return this.#bytes }

  /** Write a line, with its line feed; it may be dropped. */
  write (line: string): void {
    const bytes = Buffer.from(line)
    if (this.#unsaid > 0) {
      // Only once there is room for many: otherwise each accepted line would be followed by one about the next
      // dropped one.
      if (this.#bytes > this.#maxBytes / 2) return this.#drop()
      this.#sayDropped()
    }
    if (this.#bytes + bytes.length > this.#maxBytes) return this.#drop()
    this.#add(bytes)
    if (this.#timer === undefined) this.#pump()
  }

  /** Write what waits, for at most so long: for the end of a process, which nothing comes after. */
  flush (ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const deadline = performance.now() + ms
    while (this.#bytes > 0 || this.#unsaid > 0) {
      if (this.#writeSome() === 'written') continue
      if (performance.now() >= deadline) break
      Atomics.wait(sleeper, 0, 0, FIRST_RETRY_MS)
    }
    if (this.#bytes > 0) this.#again(LONGEST_RETRY_MS)
  }

  readonly #pump = (): void => {
    this.#timer = undefined
    let turn = 0
    while (this.#bytes > 0 || this.#unsaid > 0) {
      const before = this.#bytes
      const result = this.#writeSome()
      if (result === 'failed') return this.#again(FAILED_RETRY_MS)
      if (this.#bytes < before) this.#retryMs = FIRST_RETRY_MS
      if (result === 'full') {
        this.#again(this.#retryMs)
        this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS)
        return
      }
      turn += before - this.#bytes
      if (turn >= TURN_BYTES) return this.#again(0)
    }
  }

  #again (ms: number): void { this.#timer = setTimeout(this.#pump, ms).unref() }

  /** One call of the sink: as many lines as go as a whole. */
  #writeSome (): 'written' | 'full' | 'failed' {
    if (this.#bytes === 0) this.#sayDropped()
    if (this.#bytes === 0) return 'written'
    const chunk = this.#nextChunk()
    let written: number
    try {
      written = this.#sink.write(chunk)
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 'full' : 'failed'
    }
    this.#take(written)
    return written < chunk.length ? 'full' : 'written'
  }

  #nextChunk (): Uint8Array {
    const first = this.#lines[this.#first]!
    let [to, length] = [this.#first + 1, first.length]
    while (to < this.#lines.length && length + this.#lines[to]!.length <= WHOLE_BYTES)
      length += this.#lines[to++]!.length
    return to === this.#first + 1 ? first : Buffer.concat(this.#lines.slice(this.#first, to), length)
  }

  /** So many bytes are gone. */
  #take (count: number): void {
    this.#bytes -= count
    let left = count
    while (left > 0) {
      const line = this.#lines[this.#first]!
      if (line.length > left) {
        this.#lines[this.#first] = line.subarray(left)
        break
      }
      left -= line.length
      this.#first++
    }
    if (this.#first === this.#lines.length) {
      this.#lines = []
      this.#first = 0
    } else if (this.#first > 1024 && this.#first > this.#lines.length / 2) {
      this.#lines = this.#lines.slice(this.#first)
      this.#first = 0
    }
  }

  #add (bytes: Uint8Array): void {
    this.#lines.push(bytes)
    this.#bytes += bytes.length
  }

  #drop (): void {
    this.#unsaid++
    this.#dropped++
  }

  #sayDropped (): void {
    if (this.#unsaid === 0) return
    const line = this.#droppedLine(this.#unsaid)
    this.#unsaid = 0
    if (line !== undefined) this.#add(Buffer.from(line))
  }
}
