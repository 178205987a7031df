import { createHash } from 'node:crypto'
import { mkdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { WeirError } from '@weirlb/model'

const attempts = 5

/**
 * Reserves a directory for one process at a time through `DIR/lock`. The lock of a dead process is taken over.
 *
 *     take ──symlink──► held ──release──► free
 *              │ there is one
 *              ├─ its process lives ► refused
 *              └─ it is gone ──symlink DIR/lock.<hash of the stale one>──► claimed ──rename──► held
 *
 * The lock is a symbolic link without a target: it appears atomically with its text, and can be created on a full
 * disk. A claim can be created once for each stale lock, because no two locks have the same text.
 */
export class DirectoryLock {
  readonly #path: string
  readonly #text: string

  private constructor (path: string, text: string) {
    this.#path = path
    this.#text = text
  }

  /**
   * Throws a WeirError (`storage-failed`) with the process that holds the directory; errors of the file system are
   * passed through.
   */
  static async take (directory: string): Promise<DirectoryLock> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const path = join(directory, 'lock')
    // The last part distinguishes two holders in one process.
    const text = `${process.pid}.${await bornOf(process.pid)}.${unique()}`
    for (let tried = 0; tried < attempts; tried++) {
      if (await unless('EEXIST', symlink(text, path))) return new DirectoryLock(path, text)
      const found = await readLock(path)
      if (found === undefined) continue
      if (await isHeld(found)) throw inUse(directory, found)
      const claim = `${path}.${createHash('sha256').update(found).digest('hex').slice(0, 16)}`
      if (await unless('EEXIST', symlink(text, claim))) {
        // A claim on a lock that was replaced since it was read is worth nothing.
        if (await readLock(path) !== found) {
          await rm(claim, { force: true })
          continue
        }
        await rename(claim, path)
        return new DirectoryLock(path, text)
      }
      const claimed = await readLock(claim)
      if (claimed === undefined) continue
      if (await isHeld(claimed)) throw inUse(directory, claimed)
      // The claiming process died before the rename: finish it, and start again with what is then an ordinary stale
      // lock.
      await unless('ENOENT', rename(claim, path))
    }
    throw new WeirError(
      'storage-failed',
      `the directory '${directory}' is being taken by several processes at once: try again`,
      { retry: true }
    )
  }

  /** Let the directory go. A lock that another process took over is left to it. */
  async release (): Promise<void> {
    if (await readLock(this.#path) === this.#text) await rm(this.#path, { force: true })
  }
}

const inUse = (directory: string, lock: string): WeirError =>
  new WeirError(
    'storage-failed',
    `the directory '${directory}' is in use by process ${
      lock.split('.')[0]
    }: stop that process, or choose another directory`
  )

const readLock = async (path: string): Promise<string | undefined> =>
  await readlink(path).catch(error =>
    (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : Promise.reject(error)
  )

const isHeld = async (text: string): Promise<boolean> => {
  const [pid, born] = text.split('.')
  if (!/^[1-9]\d*$/.test(pid!)) return false
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    // Any error but "no such process" means that there is one, of another user.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  // In a container the next process often has the id of the last one.
  return await bornOf(Number(pid)) === born
}

/**
 * Distinguishes a process from a later one of the same id: the boot and its start tick, if there is /proc; else
 * nothing.
 */
const bornOf = async (pid: number): Promise<string> => {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1')
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1')
    // proc_pid_stat(5): field 22. The program's name before it may hold spaces and brackets.
    return `${boot.slice(0, 8)}-${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`
  } catch {
    return ''
  }
}

const unique = (): string => crypto.randomUUID().slice(0, 8)

/** True when done, false when it failed with this code. */
const unless = async (code: string, done: Promise<void>): Promise<boolean> => {
  try {
    await done
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === code) return false
    throw error
  }
}
