import { crc32 } from 'node:zlib'
import { WeirError } from '@weirlb/model'
import type { SessionJournal } from '@weirlb/engine'

/**
 * Session entries as bytes: in files, and on their way to a worker that will own the table. A record holds the whole
 * state of one entry from then on. So the last record for a key wins, and reading an older one too does no harm.
 * Little-endian:
 *
 *     0  u32  CRC-32 of the following bytes; 0 between processes, where nothing can damage them
 *     4  u8   kind
 *     5  u8   length of the LB vserver's name
 *     6  u8   length of the service's name
 *     7  u8   length of the key
 *     8  f64  a time, ms since 1970: the expiry of the entry, or the time of the record
 *     16 f64  lifetime of an entry after its last connection, in ms; in a START, the version of the format
 *     24      LB vserver, service, key, all latin1; instead of a key, a START has about how many entries follow
 */
const HEADER = 24
/** Longest record. */
export const MAX_RECORD = HEADER + 3 * 255
/** Version of this form. */
const FORM = 1

const START = 1
const HELD = 2
const FREED = 3
const REMOVED = 4
const DROPPED = 5
const ALIVE = 6

/** Called with the records. */
export interface SessionRecordSink {
  /** A file begins, in which about so many entries follow. */
  onStart (entries: number): void
  /** The entry was held. */
  onHeld (lbVserver: string, key: string, service: string): void
  /** The entry was not held; `expiresAt` is in ms since 1970. */
  onFreed (lbVserver: string, key: string, service: string, ttlMs: number, expiresAt: number): void
  onRemoved (lbVserver: string, key: string): void
  onDropped (lbVserver: string, service: string): void
  /** The process lived at that time, ms since 1970. */
  onAlive (time: number): void
}

const FIRST_BYTES = 65_536
/**
 * A taken buffer is followed by one as large, up to this: growing from the first size again copies and discards as much
 * once more.
 */
const MAX_NEXT_BYTES = 1024 * 1024
const MORE = -1
/** Names that a reader remembers, a power of two. */
const NAMES = 256

/** Writes records one after another. */
export class SessionRecordWriter implements SessionJournal {
  #buffer = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #length = 0
  readonly #checked: boolean

  /** `checked`: with checksums, for files. */
  constructor (checked = true) { this.#checked = checked }

  /** Bytes that wait to be taken. */
  get length (): number { return this.#length }

  /** The first record of every file; `entries`: about how many follow. */
  start (entries = 0): void { this.#add(START, '', '', String(entries), Date.now(), FORM) }
  /** This process lives. */
  alive (): void {
    this.#add(ALIVE, '', '', '', Date.now(), 0)
  }
  onHeld (lbVserver: string, key: string, service: string): void {
    this.#add(HELD, lbVserver, service, key, 0, 0)
  }
  onFreed (lbVserver: string, key: string, service: string, ttlMs: number, remainingMs: number): void {
    this.#add(FREED, lbVserver, service, key, Date.now() + remainingMs, ttlMs)
  }
  onRemoved (lbVserver: string, key: string): void {
    this.#add(REMOVED, lbVserver, '', key, 0, 0)
  }
  onEvicted (lbVserver: string, key: string): void {
    this.onRemoved(lbVserver, key)
  }
  onDropped (lbVserver: string, service: string): void {
    this.#add(DROPPED, lbVserver, service, '', 0, 0)
  }

  /** An entry as a walk shows it. */
  readonly onEntry = (
    lbVserver: string,
    key: string,
    service: string,
    ttlMs: number | undefined,
    remainingMs: number | undefined
  ): void => {
    if (ttlMs === undefined || remainingMs === undefined) this.onHeld(lbVserver, key, service)
    else this.onFreed(lbVserver, key, service, ttlMs, remainingMs)
  }

  /** Waiting bytes, valid until `clear`: then their memory is reused. */
  get waiting (): Uint8Array { return this.#buffer.subarray(0, this.#length) }
  clear (): void { this.#length = 0 }

  /** Returns the waiting bytes as a copy for the caller. */
  take (): Uint8Array {
    const taken = this.waiting
    if (this.#length > 0) this.#buffer = Buffer.allocUnsafeSlow(Math.min(this.#buffer.length, MAX_NEXT_BYTES))
    this.clear()
    return taken
  }

  #add (kind: number, lbVserver: string, service: string, key: string, time: number, ttlMs: number): void {
    const end = this.#length + HEADER + lbVserver.length + service.length + key.length
    if (end > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(this.#buffer.length * 2)
      this.#buffer.copy(larger, 0, 0, this.#length)
      this.#buffer = larger
    }
    const buffer = this.#buffer
    const at = this.#length
    buffer[at + 4] = kind
    buffer[at + 5] = lbVserver.length
    buffer[at + 6] = service.length
    buffer[at + 7] = key.length
    buffer.writeDoubleLE(time, at + 8)
    buffer.writeDoubleLE(ttlMs, at + 16)
    buffer.write(lbVserver, at + HEADER, 'latin1')
    buffer.write(service, at + HEADER + lbVserver.length, 'latin1')
    buffer.write(key, at + HEADER + lbVserver.length + service.length, 'latin1')
    buffer.writeUInt32LE(this.#checked ? crc32(buffer.subarray(at + 4, end)) : 0, at)
    this.#length = end
  }
}

/** A reader's findings beside records. */
export interface ReadReport {
  readonly records: number
  /**
   * Bytes that were no records where there had been some: they are lost. The incomplete last write of a killed
   * process is not among them.
   */
  readonly damagedBytes: number
}

/**
 * Reads records from bytes in chunks of any size. Invalid bytes are skipped one by one up to the next record: a
 * damaged or incomplete record costs no other.
 */
export class SessionRecordReader {
  readonly #sink: SessionRecordSink
  #rest: Buffer = Buffer.alloc(0)
  #records = 0
  #damagedBytes = 0
  /** Bytes skipped since the last record. */
  #gap = 0
  /** Names that were read, for a million records have a handful. */
  readonly #names: string[] = new Array<string>(NAMES).fill('')

  readonly #checked: boolean

  /** `checked`: records have checksums. */
  constructor (sink: SessionRecordSink, checked = true) {
    this.#sink = sink
    this.#checked = checked
  }

  /** Throws `storage-failed` when a later version of Weir wrote this. */
  push (bytes: Uint8Array): void {
    const rest = this.#rest
    let at = 0
    if (rest.length > 0) {
      // Only the first bytes are copied: any record that begins in the rest ends in them. A copy of all would be the
      // garbage of a large start, and its collection the longest turn.
      const seam = Buffer.concat([rest, bytes.subarray(0, MAX_RECORD)])
      at = this.#read(seam, 0, rest.length, false)
      if (at < rest.length) {
        this.#rest = seam.subarray(at)
        return
      }
      at -= rest.length
    }
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    // The caller may use its memory again.
    this.#rest = Buffer.from(buffer.subarray(this.#read(buffer, at, buffer.length, false)))
  }

  /** The next bytes are another file's: they do not continue this one's incomplete record. */
  endFile (): void {
    this.#read(this.#rest, 0, this.#rest.length, true)
    this.#rest = Buffer.alloc(0)
    this.#judgeGap(true)
  }

  end (): ReadReport {
    this.endFile()
    return { records: this.#records, damagedBytes: this.#damagedBytes }
  }

  /** Read what begins at `at` or later, but before `before`. Returns where the first bytes begin that were not read. */
  #read (buffer: Buffer, at: number, before: number, isEnd: boolean): number {
    while (at < before) {
      const length = lengthAt(buffer, at)
      if (length === MORE && !isEnd) return at
      if (length > 0 && (!this.#checked || crc32(buffer.subarray(at + 4, at + length)) === buffer.readUInt32LE(at))) {
        this.#judgeGap(false)
        this.#tell(buffer, at)
        this.#records++
        at += length
      } else {
        this.#gap++
        at++
      }
    }
    return at
  }

  /** At the end of a file one record may be there in part; anywhere else that is damage. */
  #judgeGap (endOfFile: boolean): void {
    if (!endOfFile || this.#gap > MAX_RECORD) this.#damagedBytes += this.#gap
    this.#gap = 0
  }

  #nameAt (buffer: Buffer, from: number, to: number): string {
    const place = (buffer[from]! * 5 + buffer[to - 1]! * 3 + to - from) & NAMES - 1
    const known = this.#names[place]!
    let same = known.length === to - from
    for (let at = from; same && at < to; at++) same = known.charCodeAt(at - from) === buffer[at]
    return same ? known : this.#names[place] = buffer.toString('latin1', from, to)
  }

  #tell (buffer: Buffer, at: number): void {
    const lbAt = at + HEADER
    const serviceAt = lbAt + buffer[at + 5]!
    const keyAt = serviceAt + buffer[at + 6]!
    const lbVserver = this.#nameAt(buffer, lbAt, serviceAt)
    const service = this.#nameAt(buffer, serviceAt, keyAt)
    const key = buffer.toString('latin1', keyAt, keyAt + buffer[at + 7]!)
    const time = buffer.readDoubleLE(at + 8)
    const ttlMs = buffer.readDoubleLE(at + 16)
    switch (buffer[at + 4]) {
      case START:
        if (ttlMs > FORM)
          throw new WeirError(
            'storage-failed',
            `the sessions were written by a later version of Weir, in form ${ttlMs}; this one reads up to ${FORM}`
          )
        this.#sink.onAlive(time)
        this.#sink.onStart(Number(key))
        break
      case HELD: this.#sink.onHeld(lbVserver, key, service); break
      case FREED: this.#sink.onFreed(lbVserver, key, service, ttlMs, time); break
      case REMOVED: this.#sink.onRemoved(lbVserver, key); break
      case DROPPED: this.#sink.onDropped(lbVserver, service); break
      case ALIVE: this.#sink.onAlive(time)
    }
  }
}

/** Returns the length of the record that may begin here; 0 if none does, MORE if that is not yet known. */
const lengthAt = (buffer: Buffer, at: number): number => {
  if (at + HEADER > buffer.length) return MORE
  const kind = buffer[at + 4]!
  if (kind < START || kind > ALIVE) return 0
  const length = HEADER + buffer[at + 5]! + buffer[at + 6]! + buffer[at + 7]!
  return at + length > buffer.length ? MORE : length
}
