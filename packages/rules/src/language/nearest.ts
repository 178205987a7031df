/** Maximum names in a fault. */
const MOST = 8

/** Returns the names that a misspelt one may mean, the most similar first. */
export const nearest = (name: string, names: readonly string[]): string[] =>
  names.map(each => ({ each, distance: distance(name.slice(0, 128), each) })).sort((a, b) => a.distance - b.distance)
    .slice(0, MOST).map(({ each }) => each)

/** Letters to insert, delete or replace (Levenshtein's distance). */
const distance = (one: string, other: string): number => {
  let row = Array.from({ length: other.length + 1 }, (_, n) => n)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++)
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1))
    row = next
  }
  return row[other.length]!
}
