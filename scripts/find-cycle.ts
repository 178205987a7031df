/** A way round through the given arrows, as `a → b → a`, or undefined. */
export const findCycle = (arrows: ReadonlyMap<string, Iterable<string>>): string | undefined => {
  const done = new Set<string>()
  const walk = (name: string, path: readonly string[]): string | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name].join(' → ')
    if (done.has(name)) return undefined
    for (const next of arrows.get(name) ?? []) {
      const cycle = walk(next, [...path, name])
      if (cycle !== undefined) return cycle
    }
    done.add(name)
    return undefined
  }
  for (const name of arrows.keys()) {
    const cycle = walk(name, [])
    if (cycle !== undefined) return cycle
  }
  return undefined
}
