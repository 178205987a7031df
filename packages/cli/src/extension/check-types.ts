import { TypeChecker } from '@weirlb/sandbox/types'
import { UsageError } from '../usage-error.ts'
import { tellAuthor } from './author-error.ts'

/** The value of `--check`. */
export type Check = 'types' | 'off'

/** Read `--check`. Throws a UsageError that names the choices. */
export const checkOf = (given: string | undefined): Check | undefined => {
  if (given === undefined || given === 'types' || given === 'off') return given
  throw new UsageError(`--check: unknown value '${given}'; there are: types, off`)
}

/**
 * Check the types of an extension's file and of the files that it imports, unless they are not wanted. Throws a
 * WeirError with a place for every fault.
 */
export const checkTypes = async (file: string, check: Check | undefined): Promise<void> => {
  if (check === 'off') return
  const checker = new TypeChecker()
  try {
    await tellAuthor(async () => { await checker.file(file) })
  } finally {
    checker.close()
  }
}
