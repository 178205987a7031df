// Imported: the global is a getter, which each message would call.
import { Buffer } from 'node:buffer'

/** Up to so many bytes are copied one by one. measured: for them, a call that copies costs more. */
const FEW = 64

/** Copy `source[from..to)` to `target[at..)`. */
export const copyBytes = (source: Uint8Array, from: number, to: number, target: Uint8Array, at: number): void => {
  if (to - from > FEW) {
    Buffer.prototype.copy.call(source, target, at, from, to)
    return
  }
  for (let n = from, into = at; n < to; n++, into++) target[into] = source[n]!
}

/** Returns `bytes[from..to)` to keep; `owned`: they will not be changed. */
export const kept = (bytes: Uint8Array, from: number, to: number, owned: boolean): Uint8Array =>
  !owned ? Uint8Array.prototype.slice.call(bytes, from, to)
    : from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to)
