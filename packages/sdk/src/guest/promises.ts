// Handlers are synchronous. The rejection of an asynchronous one would be unhandled, and isolated-vm fails a whole
// call for such a promise.
import { siteOf } from '../site.ts'

// Taken before the author's module runs; the check inside `then` for a real promise cannot be fooled.
const { Promise: RealPromise, Reflect: { apply } } = globalThis
const then = RealPromise.prototype.then as (this: unknown, onFulfilled: undefined, onRejected: () => void) => unknown
const ignore = (): void => {}

/** Mark a promise's rejection as handled. */
const silence = (promise: unknown): void => {
  try { apply(then, promise, [undefined, ignore]) } catch { /* no promise, or one with a constructor of the author's own */ }
}

/** Frames of where the protocol was declared, each in a line of its own; empty for one that `defineProtocol` has not seen. */
const declaredAt = (protocol: object): string => {
  const stack = siteOf(protocol)
  const end = stack.indexOf('\n')
  return end < 0 ? '' : stack.slice(end)
}

/**
 * Throws a TypeError if a handler returned a promise: it must not be async. A function's position in the author's
 * code is unknown without calling it, so the error has the position of the protocol and the handler's name. Only
 * promises are checked: an author's own `then` is never called.
 */
export const refusePromise = (answered: unknown, handler: string, protocol: object): void => {
  if (!(answered instanceof RealPromise)) return
  silence(answered)
  const error = new TypeError(`${handler} must not be async: it returned a promise`)
  error.stack = `TypeError: ${error.message}${declaredAt(protocol)}`
  throw error
}
