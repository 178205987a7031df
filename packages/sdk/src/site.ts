// Records where the author's code created a verdict, for traces. Creating a stack is the expensive part, so it
// happens only while requested.

/** Cut here: the first lines name the author's. */
const MAX_STACK = 1024

/** By the verdict itself: a handler may make several, or return one that it made when the module was loaded. */
const stacks = new WeakMap<object, Error>()

/**
 * What is requested: on while the module is loaded, once, for verdicts created there; then set by the host, crossing
 * by crossing.
 */
export const sites = { on: true }

/** Note where this verdict is made; called by what makes them. */
export const note = <V extends object>(verdict: V): V => {
  stacks.set(verdict, new Error('made'))
  return verdict
}

const textOf = (error: Error): string => {
  const { stack } = error
  return typeof stack === 'string' ? stack.slice(0, MAX_STACK) : ''
}

/** The stack where a verdict was made; empty for one that was written by hand. */
export const siteOf = (verdict: object): string => {
  const error = stacks.get(verdict)
  return error === undefined ? '' : textOf(error)
}

/** Returns the stack of the caller. */
export const siteHere = (): string => textOf(new Error('called'))
