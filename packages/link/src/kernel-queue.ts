import { loadLibc, type Libc } from './uring/abi/libc.ts'
import { SIOCOUTQ } from './uring/abi/socket.ts'

/** Asks for the queue of a socket; undefined where that cannot be asked. */
interface Question { readonly libc: Libc, readonly answer: Int32Array }

let question: Question | undefined
let asked = false

const ask = (): Question | undefined => {
  if (asked) return question
  asked = true
  // koffi is optional, and other systems have another number for this.
  if (process.platform !== 'linux') return undefined
  try { question = { libc: loadLibc(), answer: new Int32Array(1) } } catch { /* Without it the kernel's queue is not known. */ }
  return question
}

/** Bytes that a connected socket was given and whose arrival its peer's system has not confirmed (SIOCOUTQ, tcp(7)); 0 where that is not known. */
export const unconfirmed = (fd: number): number => {
  const asks = ask()
  return asks === undefined || asks.libc.ioctl(fd, SIOCOUTQ, asks.answer) < 0 ? 0 : asks.answer[0]!
}
