import { WeirError } from '@weirlb/model'

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is over the largest size allowed here',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is not a directory',
  EISDIR: 'it is a directory'
}

/** Returns a `storage-failed` with the failed operation, the path and the reason. */
export const storageFailure = (what: string, path: string, cause: unknown): WeirError => {
  const code = (cause as NodeJS.ErrnoException).code
  const reason = code === undefined
    ? (cause as Error).message
    : `${reasons[code] ?? 'the file system refused'} (${code})`
  return new WeirError('storage-failed', `cannot ${what} ${path}: ${reason}`, {
    cause,
    retry: code === 'ENOSPC' || code === 'EDQUOT'
  })
}

/** Run it; what it throws becomes a `storage-failed`. */
export const attempt = async <T>(what: string, path: string, run: () => Promise<T>): Promise<T> => {
  try {
    return await run()
  } catch (error) {
    throw error instanceof WeirError ? error : storageFailure(what, path, error)
  }
}

/** True for a failure of a file that could be read, and has another content than it should. */
export const isDamage = (error: unknown): boolean =>
  error instanceof WeirError && error.code === 'storage-failed' && error.cause !== undefined &&
  (error.cause as NodeJS.ErrnoException).code === undefined

/** True for a file that is not there. */
export const isAbsent = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'
