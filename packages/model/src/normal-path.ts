/** Letters that mean the same, percent-encoded or not (RFC 3986 §2.3). */
const UNRESERVED = /[A-Za-z0-9\-._~]/
const ESCAPE = /%[0-9A-Fa-f]{2}/g
/** Only such a path may have another normal form. */
const SUSPECT = /%|\/\./

const unescape = (escape: string): string => {
  const letter = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
  return UNRESERVED.test(letter) ? letter : escape.toUpperCase()
}

/**
 * Returns a path in its normal form, without its query: unreserved letters are not percent-encoded, and dot segments
 * are resolved (RFC 3986 §6.2.2). So `/a/%2e./b` is `/b`. An encoded slash separates nothing, and two slashes stay two.
 */
export const normalPath = (target: string): string => {
  const query = target.indexOf('?')
  const path = query < 0 ? target : target.slice(0, query)
  if (!SUSPECT.test(path)) return path
  const segments: string[] = []
  const all = path.replace(ESCAPE, unescape).split('/')
  for (const [i, segment] of all.entries()) {
    const isLast = i === all.length - 1
    if (segment === '..') {
      // The empty one before the first slash stays.
      if (segments.length > 1) segments.pop()
      if (isLast) segments.push('')
    } else if (segment !== '.') segments.push(segment)
    else if (isLast) segments.push('')
  }
  return segments.join('/')
}
