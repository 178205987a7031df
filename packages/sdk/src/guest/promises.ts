// Handlers are synchronous. The rejection of an asynchronous one would be unhandled, and isolated-vm fails a whole
// call for such a promise.
import { placed } from './placed.ts'

// Taken before the author's module runs; the check inside `then` for a real promise cannot be fooled.
const { Promise: RealPromise, Reflect: { apply } } = globalThis
const then = RealPromise.prototype.then as (this: unknown, onFulfilled: undefined, onRejected: () => void) => unknown
const ignore = (): void => {}

/** Mark a promise's rejection as handled. */
const silence = (promise: unknown): void => {
  try {
    apply(then, promise, [undefined, ignore])
  } catch { /* no promise, or one with a constructor of the author's own */ }
}

/**
 * Throws a TypeError if a handler returned a promise: it must not be async. The error has the handler's place. Only
 * promises are checked: an author's own `then` is never called.
 */
export const refusePromise = (answered: unknown, handler: string, protocol: object): void => {
  if (!(answered instanceof RealPromise)) return
  silence(answered)
  throw placed(new TypeError(`${handler} must not be async: it returned a promise`), undefined, handler, protocol)
}
