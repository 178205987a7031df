import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Replace a file so that a crash at any moment leaves either the old text or the new one: written beside it, flushed,
 * renamed, and the directory flushed so that the rename itself is on disk. Only the owner can read it (mode 0600):
 * configurations hold private keys.
 */
export const atomicWrite = async (path: string, text: string): Promise<void> => {
  const temporary = `${path}.tmp`
  try {
    // A left-over of a crash may have other permissions; `wx` makes the file, and its mode, new.
    await rm(temporary, { force: true })
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
  const directory = await open(dirname(path))
  try { await directory.sync() } finally { await directory.close() }
}
