/**
 * True when an If-None-Match field names this version, so that the reader has it already. Weak and strong ETags count
 * alike (RFC 9110 §13.1.2).
 */
export const alreadyHas = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch !== undefined &&
  ifNoneMatch.split(',').some(one => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag)
