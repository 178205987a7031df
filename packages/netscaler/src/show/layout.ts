/** A column of a table. */
export interface Column { readonly title: string, /** Numbers stand on the right. */ readonly right?: true, /** Narrowest that it may become. */ readonly least?: number }

const GAP = 2

/**
 * Returns a table for a terminal of some columns: a line for the titles and one for each row. Where it is too narrow, the
 * widest columns lose their ends.
 */
export const table = (columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string => {
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...rows.map(row => printable(row[i]!).length)))
  let over = widths.reduce((sum, one) => sum + one + GAP, -GAP) - width
  while (over > 0) {
    const widest = widths.reduce((best, one, i) => one > widths[best]! ? i : best, 0)
    if (widths[widest]! <= 8) break
    widths[widest]!--
    over--
  }
  const line = (cells: readonly string[]): string => cells.map((cell, i) => {
    const fitted = fit(printable(cell), widths[i]!)
    return columns[i]!.right === true ? fitted.padStart(widths[i]!) : fitted.padEnd(widths[i]!)
  }).join(' '.repeat(GAP)).trimEnd()
  return [columns.map(({ title }) => title), ...rows].map(row => `${line(row)}\n`).join('')
}

const fit = (text: string, width: number): string => text.length <= width ? text : `${text.slice(0, width - 1)}…`

/** Clients choose some of the texts: nothing in them may move the cursor or change the terminal. */
const printable = (text: string): string => harmless(text.replaceAll('\t', ' '))

const harmless = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, char => char === '\t' ? char : '\uFFFD')

/** Returns lines, each with a line feed, indented by tabs; tabs in them stay. */
export const lines = (indent: number, ...texts: readonly (string | undefined)[]): string =>
  texts.flatMap(text => text === undefined ? [] : [`${'\t'.repeat(indent)}${harmless(text)}\n`]).join('')
