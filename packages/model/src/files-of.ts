/**
 * Returns the paths of files of its machine that an entity has Weir read or write. Fields of such paths end in `File`,
 * or are the values of `secretFiles`. Parameters are an extension's own, and name no files.
 */
export const filesOf = (value: unknown): string[] => {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap(filesOf)
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    if (name === 'params') return []
    if (name === 'secretFiles' && typeof inner === 'object' && inner !== null)
      return Object.values(inner).filter(path => typeof path === 'string')
    return name.endsWith('File') && typeof inner === 'string' ? [inner] : filesOf(inner)
  })
}
