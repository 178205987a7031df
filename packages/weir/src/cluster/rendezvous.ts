/**
 * Returns the name that a key leads to by itself, the same on every node: of each name and the key a hash, and the
 * highest wins (rendezvous hashing). A name that comes or goes moves only its own keys. Undefined: there are none.
 */
export const rendezvous = (key: string, names: readonly string[]): string | undefined => {
  let found: string | undefined
  let highest = -1
  for (const name of names) {
    const score = scoreOf(key, name)
    if (score < highest || (score === highest && name >= found!)) continue
    highest = score
    found = name
  }
  return found
}

/** FNV-1a, then the finalizer of MurmurHash3: FNV alone spreads short endings badly. */
const scoreOf = (key: string, name: string): number => {
  let hash = 0x811c9dc5
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash, 0x01000193)
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b)
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35)
  return (hash ^ hash >>> 16) >>> 0
}
