import { loadLibc, type Libc } from './uring/abi/libc.ts'
import { SIOCOUTQ } from './uring/abi/socket.ts'

/** The query for a socket's queue; undefined where it is not available. */
interface Question { readonly libc: Libc, readonly answer: Int32Array }

let question: Question | undefined
let asked = false

const ask = (): Question | undefined => {
  if (asked) return question
  asked = true
  // koffi is optional, and other systems have another number for this.
  if (process.platform !== 'linux') return undefined
  try {
    question = { libc: loadLibc(), answer: new Int32Array(1) }
  } catch { /* Without it the kernel's queue is not known. */ }
  return question
}

/**
 * Returns the bytes given to a connected socket that its peer's system has not acknowledged (SIOCOUTQ, tcp(7)); 0 if
 * unknown.
 */
export const unconfirmed = (fd: number): number => {
  const asks = ask()
  return asks === undefined || asks.libc.ioctl(fd, SIOCOUTQ, asks.answer) < 0 ? 0 : asks.answer[0]!
}
