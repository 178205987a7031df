/** Returns the choice that differs from a word in the fewest letters, if it is near enough to be meant. */
export const nearest = (word: string, choices: readonly string[]): string | undefined => {
  let best: string | undefined
  let least = Math.floor(word.length / 3) + 1
  for (const choice of choices) {
    const edits = distance(word, choice)
    if (edits < least) [best, least] = [choice, edits]
  }
  return best
}

/** Edit distance (Levenshtein), of words that are short. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}
