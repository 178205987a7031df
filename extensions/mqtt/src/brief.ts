/** Maximum characters of a field: an ID may have 65,535 bytes, and logs have lines. */
const LONGEST = 1024

/** Returns a text as it is published, truncated if long. */
export const brief = (text: string): string => text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text
