import { stat } from 'node:fs/promises'
import { errorCodes, WeirError, type ErrorCode } from '@weirlb/model'
import { UsageError } from '../usage-error.ts'

/** Run some work on an extension. The sandbox's errors become WeirErrors, which are printed without a stack. */
export const tellAuthor = async <T> (work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    const { code, message, issues = [] } = error as {
      code?: string
      message: string
      issues?: readonly { path: string, message: string }[]
    }
    if (error instanceof WeirError || code === undefined || !Object.hasOwn(errorCodes, code)) throw error
    throw new WeirError(code as ErrorCode, message, { cause: error, issues })
  }
}

/** Throws a UsageError when there is no such file. */
export const requireFile = async (file: string): Promise<void> => {
  const found = await stat(file).catch(() => undefined)
  if (found?.isFile() !== true) throw new UsageError(`there is no file '${file}'`)
}
