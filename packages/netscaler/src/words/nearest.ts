/** Most candidates that a message offers. */
const MAX_OFFERED = 3
/** Longer texts are no misspelt words. */
const MAX_LENGTH = 64
/** Most choices that are compared: a misspelt name among very many stops the process for a moment only. */
const MAX_CHOICES = 5000

/**
 * Returns the choices that a misspelt word may have meant, the nearest first: those with few letters exchanged, missing
 * or too many, or that begin with it. Without regard to case.
 */
export const nearest = (word: string, choices: Iterable<string>): string[] => {
  const given = word.toLowerCase()
  if (given === '' || given.length > MAX_LENGTH) return []
  const found: { readonly choice: string, readonly cost: number }[] = []
  let compared = 0
  for (const choice of new Set(choices)) {
    if (++compared > MAX_CHOICES) break
    const known = choice.toLowerCase()
    if (known.length > MAX_LENGTH) continue
    const limit = Math.max(1, Math.floor(Math.max(given.length, known.length) / 3))
    if (Math.abs(known.length - given.length) > limit && !known.startsWith(given)) continue
    const cost = given.length >= 3 && known.startsWith(given) ? 0.5 : editDistance(given, known)
    if (cost <= limit && cost < known.length) found.push({ choice, cost })
  }
  return found.sort((a, b) => a.cost - b.cost).slice(0, MAX_OFFERED).map(({ choice }) => choice)
}

/** Returns `; did you mean 'a' or 'b'?`, or nothing. */
export const didYouMean = (word: string, choices: Iterable<string>): string => {
  const offered = nearest(word, choices)
  return offered.length === 0 ? '' : `; did you mean ${offered.map(choice => `'${choice}'`).join(' or ')}?`
}

/** Letters to insert, delete, replace, or to exchange with their neighbours. */
const editDistance = (a: string, b: string): number => {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const exchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2]! + 1 : Infinity
      row.push(Math.min(replaced, last[j]! + 1, row[j - 1]! + 1, exchanged))
    }
    before = last
    last = row
  }
  return last[b.length]!
}
