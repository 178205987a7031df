const longest = 80

/**
 * Returns a value as error messages show it: short, on one line, and never a secret. Text that looks like PEM is
 * named but not shown, in any field: keys do get pasted into the wrong one.
 */
export const describeValue = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  if (typeof value !== 'string') return String(value)
  if (value.includes('-----BEGIN')) return 'PEM text'
  return JSON.stringify(value.length > longest ? `${value.slice(0, longest)}…` : value)
}

/** Maximum choices in a message. */
const maxChoices = 50

/** Returns `a, b, c`, or a word for no choices. */
export const describeChoices = (choices: Iterable<string>): string => {
  const all = [...choices]
  const shown = all.slice(0, maxChoices).join(', ') || '(none)'
  return all.length > maxChoices ? `${shown} and ${all.length - maxChoices} more` : shown
}
