/**
 * An empty record for names that others choose. It inherits nothing: `constructor` and `__proto__` are names like any
 * other in it.
 */
export const emptyRecord = <T>(): Record<string, T> => Object.create(null) as Record<string, T>

/** A record of these entries; it inherits nothing. */
export const recordFrom = <T>(entries: Iterable<readonly [string, T]>): Record<string, T> => {
  const record = emptyRecord<T>()
  for (const [name, value] of entries) record[name] = value
  return record
}

/**
 * The value under a name that others chose, in a record that may inherit: one that was JSON or came from another
 * process.
 */
export const lookUp = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined
