import { WeirError } from '@weirlb/model'
import { join } from 'node:path'
import { atomicWrite } from './atomic-write.ts'
import { readJson } from './json-file.ts'
import { isDamage } from './storage-failure.ts'

/** Form of the state directory. A release that an older one could not read writes a higher number. */
export const FORMAT = 1

interface Format { readonly format: number, readonly release?: string | undefined }

const isFormat = (value: unknown): value is Format => Number.isInteger((value as Partial<Format> | null)?.format)

/**
 * Check that this release can read a state directory, of which nothing is changed. A directory without `format.json` is
 * new, or of the first form. Throws `storage-failed`.
 */
export const checkFormat = async (directory: string): Promise<void> => {
  const found = await readFormat(join(directory, 'format.json'))
  if (found === undefined || found.format <= FORMAT) return
  const release = typeof found.release === 'string' ? ` (Weir ${found.release.slice(0, 40)})` : ''
  throw new WeirError('storage-failed', `the state directory '${directory}' was written by a newer release${release}: it has form ${found.format}, and this release reads up to ${FORMAT}; nothing in it was changed. Run that release, or choose another directory`)
}

/** Undefined for a file that is not there, or is damaged: the first form had none. */
const readFormat = async (path: string): Promise<Format | undefined> =>
  await readJson(path, isFormat).catch((error: unknown) => isDamage(error) ? undefined : Promise.reject(error))

/** Note the form in a directory that has none, or an older one. */
export const noteFormat = async (directory: string, release: string): Promise<void> => {
  const path = join(directory, 'format.json')
  const found = await readFormat(path)
  if (found?.format !== FORMAT) await atomicWrite(path, `${JSON.stringify({ format: FORMAT, release })}\n`)
}
