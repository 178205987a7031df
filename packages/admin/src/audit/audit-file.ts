import { constants } from 'node:fs'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'

/** Size at which a file is put aside, and how many of those are kept: 50 MiB together with the present one. */
const MAX_BYTES = 10 * 1024 * 1024
const KEPT = 4

/** Limits of an audit file. */
export interface AuditFileLimits {
  /** Size at which it is put aside as `FILE.1`. Default: 10 MiB. */
  readonly maxBytes?: number | undefined
  /** Files put aside that are kept. Default: 4. */
  readonly kept?: number | undefined
}

/**
 * A file of lines that only its owner can read (mode 0600):
 *
 *   FILE, FILE.1 … FILE.4     the present one, and those put aside, the oldest last
 *
 * It is opened for every line, so that a program that renames it (logrotate) needs to tell nobody.
 */
export class AuditFile {
  readonly path: string
  readonly #maxBytes: number
  readonly #kept: number
  #turn: Promise<unknown> = Promise.resolve()

  constructor (path: string, { maxBytes = MAX_BYTES, kept = KEPT }: AuditFileLimits = {}) {
    this.path = path
    this.#maxBytes = maxBytes
    this.#kept = kept
  }

  /** Append a line, after those before it. */
  async append (line: string): Promise<void> {
    const done = this.#turn.then(async () => { await this.#append(`${line}\n`) })
    this.#turn = done.catch(() => {})
    await done
  }

  /** Returns the last lines, oldest first: as many as the bytes hold, from the present file and the one before it. */
  async tail (maxBytes: number): Promise<string[]> {
    const present = await tailOf(this.path, maxBytes)
    const before = present.bytes < maxBytes
      ? await tailOf(`${this.path}.1`, maxBytes - present.bytes)
      : { lines: [], bytes: 0 }
    return [...before.lines, ...present.lines]
  }

  async #append (text: string): Promise<void> {
    const size = Buffer.byteLength(text)
    let file = await openLog(this.path)
    try {
      const { size: present } = await file.stat()
      if (present > 0 && present + size > this.#maxBytes) {
        await file.close()
        await this.#putAside()
        file = await openLog(this.path)
      } else if (present > 0 && !await endsWithNewline(file, present)) {
        // The process, or the disk's room, ended in the middle of a line.
        await file.appendFile('\n')
      }
      await file.appendFile(text)
    } finally {
      await file.close().catch(() => {})
    }
  }

  async #putAside (): Promise<void> {
    await rm(`${this.path}.${this.#kept}`, { force: true })
    for (let n = this.#kept - 1; n >= 1; n--) await renameIfThere(`${this.path}.${n}`, `${this.path}.${n + 1}`)
    if (this.#kept > 0) await rename(this.path, `${this.path}.1`)
    else await rm(this.path)
  }
}

/** Neither a link, which may lead elsewhere, nor a pipe, which may wait for a reader. */
const openLog = async (path: string): Promise<FileHandle> => {
  const file = await open(
    path,
    constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    0o600
  )
  try {
    const found = await file.stat()
    if (!found.isFile()) throw new Error(`${path} is not a regular file`)
    if ((found.mode & 0o077) !== 0) await file.chmod(0o600)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

const endsWithNewline = async (file: FileHandle, size: number): Promise<boolean> => {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return bytesRead === 0 || buffer[0] === 0x0a
}

const renameIfThere = async (from: string, to: string): Promise<void> => {
  await rename(from, to).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  })
}

const tailOf = async (
  path: string,
  maxBytes: number
): Promise<{ readonly lines: string[], readonly bytes: number }> => {
  let file: FileHandle
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { lines: [], bytes: 0 }
    throw error
  }
  try {
    const { size } = await file.stat()
    const length = Math.min(size, maxBytes)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length)
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n')
    // The first one has lost its beginning.
    if (length < size) lines.shift()
    return { lines: lines.filter(line => line !== ''), bytes: length }
  } finally {
    await file.close()
  }
}
