import { createRequire } from 'node:module'

const PR_SET_PDEATHSIG = 1
const SIGKILL = 9

/**
 * Has Linux end this process when the one that started it is gone. A closed channel to it is noticed only between
 * requests, and one of them may never end.
 */
export const endWithParent = (): void => {
  if (process.platform !== 'linux') return
  const parent = process.ppid
  const koffi = createRequire(import.meta.url)('koffi') as {
    load(path: null): { func(declaration: string): (...args: number[]) => number }
  }
  koffi.load(null).func('int prctl(int option, unsigned long value)')(PR_SET_PDEATHSIG, SIGKILL)
  // It may have gone before.
  if (process.ppid !== parent) process.exit(0)
}
