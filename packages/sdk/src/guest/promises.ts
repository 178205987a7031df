// Handlers are synchronous. What an asynchronous one rejects its promise with is heard by nobody, and isolated-vm fails a whole call for a promise like that.
import { siteOf } from '../site.ts'

// Taken before the author's module runs; the check inside `then` that it is a promise indeed cannot be fooled.
const { Promise: RealPromise, Reflect: { apply } } = globalThis
const then = RealPromise.prototype.then as (this: unknown, onFulfilled: undefined, onRejected: () => void) => unknown
const ignore = (): void => {}

/** Let nobody be told what a promise is rejected with. */
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
 * Throws a TypeError when a handler answered a promise: it must not be async. Where in the author's code a function stands cannot be told without calling it, so
 * the error has the place of the protocol and the handler's name. Nothing but promises is looked at: a `then` of the author's own is never called.
 */
export const refusePromise = (answered: unknown, handler: string, protocol: object): void => {
  if (!(answered instanceof RealPromise)) return
  silence(answered)
  const error = new TypeError(`${handler} must not be async: it answered a promise`)
  error.stack = `TypeError: ${error.message}${declaredAt(protocol)}`
  throw error
}
