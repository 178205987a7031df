/** A column of a table. */
export interface Column { readonly title: string, /** Numbers stand on the right. */ readonly right?: true }

const GAP = 2
/** Narrowest that a column becomes, if its title is not wider. */
const LEAST = 8

/**
 * Returns a table for a terminal of some columns: a line for the titles and one for each row. Where it is too narrow,
 * the widest columns lose their ends. Columns that do not fit even then follow in tables of their own, below the first
 * column.
 */
export const table = (columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string => {
  const wanted = columns.map(({ title }, i) => Math.max(title.length, ...rows.map(row => printable(row[i]!).length)))
  const least = columns.map(({ title }, i) => Math.min(wanted[i]!, Math.max(LEAST, title.length)))
  const blocks: number[][] = []
  let taken = Infinity
  for (let i = 0; i < columns.length; i++) {
    taken += GAP + least[i]!
    if (taken <= width) {
      blocks.at(-1)!.push(i)
    } else {
      blocks.push(i === 0 ? [0] : [0, i])
      taken = i === 0 ? least[0]! : least[0]! + GAP + least[i]!
    }
  }
  return blocks.map(block => blockText(block, columns, rows, fitted(block, wanted, least, width))).join('\n')
}

/** Returns the widths of the columns of a block: the widest give way first. */
const fitted = (
  block: readonly number[],
  wanted: readonly number[],
  least: readonly number[],
  width: number
): readonly number[] => {
  const widths = block.map(i => wanted[i]!)
  let over = widths.reduce((sum, one) => sum + one + GAP, -GAP) - width
  while (over > 0) {
    const shrinking = block.map((column, at) => widths[at]! > least[column]! ? widths[at]! : 0)
    const widest = shrinking.indexOf(Math.max(...shrinking))
    if (shrinking[widest] === 0) break
    // As far as the next widest, in one step.
    const next = Math.max(
      least[block[widest]!]!,
      ...shrinking.filter((one, at) => at !== widest && one < widths[widest]!)
    )
    const step = Math.max(1, Math.min(over, widths[widest]! - next))
    widths[widest]! -= step
    over -= step
  }
  return widths
}

const blockText = (
  block: readonly number[],
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  widths: readonly number[]
): string => {
  const line = (cells: readonly string[]): string =>
    block.map((column, at) => {
      const text = fit(printable(cells[column]!), widths[at]!)
      return columns[column]!.right === true ? text.padStart(widths[at]!) : text.padEnd(widths[at]!)
    }).join(' '.repeat(GAP)).trimEnd()
  return [columns.map(({ title }) => title), ...rows].map(row => `${line(row)}\n`).join('')
}

const fit = (text: string, width: number): string => text.length <= width ? text : `${text.slice(0, width - 1)}…`

/**
 * Returns a text as a terminal may be given it. Clients choose some: nothing in them may move the cursor or change the
 * terminal.
 */
export const printable = (text: string): string => harmless(text.replaceAll('\t', ' '))

const harmless = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, char => char === '\t' ? char : '\uFFFD')

/** Returns lines, each with a line feed, indented by tabs; tabs in them stay. */
export const lines = (indent: number, ...texts: readonly (string | undefined)[]): string =>
  texts.flatMap(text => text === undefined ? [] : [`${'\t'.repeat(indent)}${harmless(text)}\n`]).join('')
