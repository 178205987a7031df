import { readFile } from 'node:fs/promises'
import { isAbsent, storageFailure } from './storage-failure.ts'

/**
 * Read a file of JSON; undefined when it is not there. Rejects with `storage-failed`, also when the value is not
 * `valid`.
 */
export const readJson = async <T>(path: string, valid: (value: unknown) => value is T): Promise<T | undefined> => {
  const text = await readFile(path, 'utf8').catch((error: unknown) =>
    isAbsent(error) ? undefined : Promise.reject(storageFailure('read', path, error))
  )
  if (text === undefined) return undefined
  let value: unknown
  try { value = JSON.parse(text) } catch (error) { throw storageFailure('read', path, error) }
  if (!valid(value)) throw storageFailure('read', path, new Error('this file was not written by Weir'))
  return value
}
