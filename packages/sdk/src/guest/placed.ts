// An invalid result of a handler is found after the handler has returned, so the error's stack has no line of the
// author's.
import { HANDLER_FRAME } from '../abi/layout.ts'
import { siteOf } from '../site.ts'

// Taken before the author's module runs.
const { Function: { prototype: { toString } }, Reflect: { apply } } = globalThis

/** The host finds a handler by its text in the bundle: this many characters of it. */
const MAX_TEXT = 300

/** The handler of a path such as `client.onMessage`. */
const handlerOf = (protocol: object, path: string): unknown => {
  let value: unknown = protocol
  for (const name of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[name]
  return value
}

/** A line of a stack that the host replaces by the handler's place. */
const frameOf = (path: string, protocol: object): string => {
  try {
    return `\n    at ${path} ${HANDLER_FRAME}${
      JSON.stringify((apply(toString, handlerOf(protocol, path), []) as string).slice(0, MAX_TEXT))
    }`
  } catch {
    return ''
  }
}

/** Frames of where something was made, each in a line of its own; empty for what the SDK has not made. */
const madeAt = (value: object): string => {
  const stack = siteOf(value)
  const end = stack.indexOf('\n')
  return end < 0 ? '' : stack.slice(end)
}

/**
 * Returns an error of a handler's result with a place: where the verdict was made if that is recorded, otherwise the
 * handler's, and where the protocol was declared.
 */
export const placed = (failure: unknown, result: unknown, handler: string, protocol: object): unknown => {
  if (!(failure instanceof Error)) return failure
  const made = typeof result === 'object' && result !== null ? madeAt(result) : ''
  failure.stack = `${failure.name}: ${failure.message}${
    made === '' ? frameOf(handler, protocol) + madeAt(protocol) : made
  }`
  return failure
}
