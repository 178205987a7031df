import { describe, onTestFinished } from 'vitest'
import { loadLibc } from '../abi/libc.ts'
import { UringLoop } from '../loop.ts'
import { availability } from '../availability.ts'

const { loop, reason } = availability()

/** io_uring can be had here. */
export const usable = loop !== undefined

/** Tests of io_uring; where it cannot be had they are skipped and say why. */
export const describeUring = (what: string, tests: () => void): void => {
  describe.skipIf(!usable)(`io_uring: ${what}${reason === undefined ? '' : ` (not here: ${reason})`}`, tests)
}

/** A ring of its own for one test. */
export const freshLoop = (sizes: ConstructorParameters<typeof UringLoop>[1] = {}, libc = loadLibc()): UringLoop => {
  const fresh = new UringLoop(libc, sizes)
  onTestFinished(() => { fresh.close() })
  return fresh
}
