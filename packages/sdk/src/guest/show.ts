/** Returns an invalid result of a handler as its error shows it. */
export const show = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return String(value)
  if ('then' in value && typeof value.then === 'function') return 'a promise (handlers are synchronous)'
  return `an object with op ${String(JSON.stringify((value as { op?: unknown }).op))}`
}
