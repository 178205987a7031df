/**
 * Returns `count` in whole shares by these weights, which add up to it; a weight of 0 has none. With fewer in all, each
 * has its weight.
 */
export const sharesOf = (count: number, weights: readonly number[]): number[] => {
  const sum = weights.reduce((a, b) => a + b, 0)
  if (count >= sum) return [...weights]
  const exact = weights.map(weight => count * weight / sum)
  const shares = exact.map(Math.floor)
  const rest = count - shares.reduce((a, b) => a + b, 0)
  // The largest remainders get what is left. Chance breaks ties: a rate of one client at a time would always be the
  // first worker's.
  const order = exact.map((share, i) => ({ i, left: share % 1 + Math.random() * 1e-6 })).sort((a, b) => b.left - a.left)
  for (const { i } of order.slice(0, rest)) shares[i]!++
  return shares
}
