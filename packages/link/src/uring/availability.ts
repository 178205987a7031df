import { endianness } from 'node:os'
import { loadLibc, type Libc } from './abi/libc.ts'
import { UringLoop } from './loop.ts'

/** Availability of io_uring: a working loop, or the reason against it, as text. */
export type Availability = { readonly loop: UringLoop, readonly reason: undefined } | {
  readonly loop: undefined
  readonly reason: string
}

const no = (reason: string): Availability => ({ loop: undefined, reason })

const hints: readonly (readonly [RegExp, string])[] = [
  [/\bENOSYS\b/, 'this kernel has none, or a container forbids it'],
  [/\bE(PERM|ACCES)\b/, 'forbidden by a container, a security policy or the sysctl kernel.io_uring_disabled'],
  [/\bEINVAL\b/, 'this kernel is older than 6.1'],
  [/\bENOMEM\b/, 'over the limit of locked memory (ulimit -l), or out of memory'],
  [/\bE(M|N)FILE\b/, 'no file descriptor is left']
]

let known: Availability | undefined

/**
 * Set up a ring with all its parts to test availability: each part may be refused by itself. Runs once per process,
 * which has one ring.
 */
export const availability = (): Availability => known ??= tryRing(loadLibc)

/** The same, without remembering it; `load` throws where the C library cannot be called. */
export const tryRing = (load: () => Libc): Availability => {
  if (process.platform !== 'linux') return no(`io_uring is Linux's, this is ${process.platform}`)
  if (endianness() !== 'LE') return no('the rings are written for little-endian machines')
  let libc
  try {
    libc = load()
  } catch (error) {
    return no(`koffi cannot be loaded: ${(error as Error).message.split('\n')[0]}`)
  }
  try {
    return { loop: new UringLoop(libc), reason: undefined }
  } catch (error) {
    const { message } = error as Error
    const hint = hints.find(([pattern]) => pattern.test(message))
    return no(hint === undefined ? message : `${message}; ${hint[1]}`)
  }
}
