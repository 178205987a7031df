/** How many values a JSON value holds, itself among them; counting ends at `enough`. */
export const countValues = (value: unknown, enough: number): number => {
  const left: unknown[] = [value]
  let count = 0
  while (left.length > 0 && count < enough) {
    const next = left.pop()
    count++
    if (typeof next !== 'object' || next === null) continue
    for (const inner of Object.values(next)) left.push(inner)
  }
  return count
}
