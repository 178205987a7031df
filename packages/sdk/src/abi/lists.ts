// Lists of bytes in one piece: a length of four bytes, little-endian, before each entry.

/** Write a list. */
export const writeList = (entries: readonly Uint8Array[]): Uint8Array => {
  let length = 0
  for (const entry of entries) length += 4 + entry.length
  const list = new Uint8Array(length)
  let at = 0
  for (const entry of entries) {
    for (let n = 0; n < 4; n++) list[at++] = entry.length >>> 8 * n & 255
    list.set(entry, at)
    at += entry.length
  }
  return list
}

/** Read a list; the entries are views. Returns undefined if it is none. */
export const readList = (list: Uint8Array): Uint8Array[] | undefined => {
  const entries: Uint8Array[] = []
  let at = 0
  while (at < list.length) {
    if (at + 4 > list.length) return undefined
    const length = (list[at]! | list[at + 1]! << 8 | list[at + 2]! << 16 | list[at + 3]! << 24) >>> 0
    at += 4
    if (length > list.length - at) return undefined
    entries.push(list.subarray(at, at + length))
    at += length
  }
  return entries
}
