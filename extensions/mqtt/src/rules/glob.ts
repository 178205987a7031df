/**
 * True when `pattern` matches all of `text`: `*` is any text, `?` any one character. Takes time in the product of their
 * lengths at most, whatever they are.
 */
export const globMatches = (pattern: string, text: string): boolean => {
  let p = 0
  let t = 0
  let star = -1
  let starAt = 0
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++
      starAt = t
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++
      t++
    } else if (star >= 0) {
      // The last star takes one character more.
      p = star + 1
      t = ++starAt
    } else {
      return false
    }
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
