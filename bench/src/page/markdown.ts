import { median } from '../statistics.ts'

/** What stands in a cell without a number. */
export const NONE = '–'

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, i) => i === 0 ? '---' : '--:'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')

/** A table without those columns in which no row has a number. */
export const filledTable = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const filled = head.map((_, i) => i === 0 || rows.some(cells => cells[i] !== NONE))
  const only = (cells: readonly string[]): string[] => cells.filter((_, i) => filled[i])
  return table(only(head), rows.map(only))
}

/** Three digits or so. */
export const digits = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)

export const ratio = (value: number): string => value.toFixed(2)
export const thousand = (value: number): string => value >= 10_000 ? `${(value / 1000).toFixed(1)} k` : value.toFixed(0)
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

/** Median, and the least and the most where there is more than one. */
export const cell = (numbers: readonly number[], text = digits): string => {
  if (numbers.length === 0) return NONE
  const middle = text(median(numbers))
  return numbers.length === 1 ? middle : `${middle} (${text(Math.min(...numbers))}–${text(Math.max(...numbers))})`
}
