import type { Protocol } from '../protocol.ts'
import { describe } from './describe.ts'
import { GuestLoop } from './loop.ts'

/** The host's interface for starting a guest. */
export interface GuestProgram {
  /** The declaration as JSON, or `null`. */
  describe (): string
  /** Hand over the shared memory, once. Returns the one function that the host calls from then on. */
  start(
    control: Int32Array,
    arena: Uint8Array,
    inBytes: number,
    outBytes: number,
    originatedBytes: number
  ): (argument: number) => number
}

/** Make a guest of a module's default export. */
export const guestProgram = (exported: unknown): GuestProgram => ({
  describe: () => describe(exported),
  start (control, arena, inBytes, outBytes, originatedBytes) {
    const loop = new GuestLoop(exported as Protocol<unknown>, control, arena, inBytes, outBytes, originatedBytes)
    return argument => loop.run(argument)
  }
})
