import { checkKeys } from './check-verdict.ts'
import { note, sites } from './site.ts'
import type { DropBytes, Keys, Reject } from './verdict.ts'

const made = <V extends StreamVerdict>(verdict: V): V => sites.on ? note(verdict) : verdict

/**
 * The next `n` bytes are forwarded; those that have not arrived are forwarded on arrival, without entering the
 * sandbox.
 */
export interface Pass extends Keys { readonly op: 'pass', readonly n: number }
/** No decision before `n` more bytes than the chunk has are there. */
export interface More { readonly op: 'more', readonly n: number }
/**
 * All that is here and all that comes passes; this direction never enters the sandbox again, and with `then: 'tunnel'`
 * neither does the other.
 */
export interface PipeOn extends Keys { readonly op: 'pipe', readonly then?: 'tunnel' | undefined }
/** The result of `onData`. The keys of the client side's first `pass` or `pipe` select the server. */
export type StreamVerdict = Pass | DropBytes | More | PipeOn | Reject

/** Pass the next `n` bytes on: more than have arrived is credit, and the rest streams without entering the sandbox. */
export const pass = (n: number, keys?: Keys): Pass => {
  if (keys === undefined) return made({ op: 'pass', n })
  checkKeys('pass', keys)
  return made({ op: 'pass', n, ...keys })
}
/** Request no call before `n` bytes beyond the end of this chunk are there, or the stream has ended. */
export const more = (n: number): More => made({ op: 'more', n })
/** Pass everything from here on: `pipe({ token })`. `pipe({ then: 'tunnel' })`: in the other direction too. */
export const pipe = (o?: Omit<PipeOn, 'op'>): PipeOn => {
  if (o === undefined) return made({ op: 'pipe' })
  checkKeys('pipe', o)
  return made({ op: 'pipe', ...o })
}
