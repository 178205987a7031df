/** Longer texts have every letter: to go through them would take longer than it saves. */
const LONGEST = 256
/** The letters of a text that was not gone through. */
export const MANY_LETTERS = -1

/**
 * The letters of a text as 32 bits, each of which stands for several: whatever a text contains has no bit that it has
 * not.
 */
export const lettersOf = (text: string): number => {
  if (text.length > LONGEST) return MANY_LETTERS
  let letters = 0
  for (let n = 0; n < text.length; n++) letters |= 1 << (text.charCodeAt(n) & 31)
  return letters
}
