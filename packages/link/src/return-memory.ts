import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { loadKoffi } from './uring/abi/libc.ts'

/**
 * V8's collector, as `--expose-gc` shows it. The flag holds for this one context: those of extensions must not have it.
 */
const collector = (): (options: object) => void => {
  setFlagsFromString('--expose-gc')
  try {
    return runInNewContext('gc') as (options: object) => void
  } finally {
    setFlagsFromString('--no-expose-gc')
  }
}

// V8 drops code that has not run for so many collections, and compiles it again when it does. Its own number is 6.
const KEEP_CODE = '--bytecode-old-age'

/**
 * Returns to the system what a start has left behind: garbage, code that does not run any more, the large halves of
 * V8's young generation, and free blocks of the C library, where koffi and glibc are there. Takes 40 to 100 ms of CPU,
 * in which this process does nothing else: call it before anybody waits. V8 and the library would keep all of it, as
 * nothing asks for more.
 */
export const returnMemory = (): void => {
  const collect = collector()
  // Loaded first: what it leaves is collected too.
  const trim = mallocTrim()
  setFlagsFromString(`${KEEP_CODE}=1`)
  try {
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  } finally {
    setFlagsFromString(`${KEEP_CODE}=6`)
  }
  trim?.(0)
}

/** malloc_trim(3) of glibc. */
const mallocTrim = (): ((keep: number) => number) | undefined => {
  if (process.platform !== 'linux') return undefined
  try {
    return loadKoffi().load(null).func('int malloc_trim(unsigned long keep)')
  } catch {
    // koffi is optional, and other C libraries have no such function.
    return undefined
  }
}
