type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Returns a value with a JSON Merge Patch applied (RFC 7396 §2). */
export const patched = (value: unknown, patch: unknown): unknown => {
  if (!isFields(patch)) return patch
  const merged: Record<string, unknown> = isFields(value) ? { ...value } : {}
  for (const [name, each] of Object.entries(patch)) {
    if (each === null) delete merged[name]
    else if (each !== undefined) merged[name] = patched(merged[name], each)
  }
  return merged
}
