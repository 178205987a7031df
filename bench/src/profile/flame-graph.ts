import type { Call } from './call-tree.ts'

const WIDTH = 1200
const ROW = 17
const TITLE = 30
/** Narrower calls are left out: nobody can see them, and the file stays small. */
const LEAST = 1.2
/** Width of a letter of the labels. */
const LETTER = 6.4

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** What a call belongs to, by colour: Weir's own code, other code of packages, Node's, and what is not JavaScript. */
const colourOf = ({ where }: Call): string => {
  if (where === '') return '#c9c9c9'
  if (where.startsWith('node:')) return '#8fb8de'
  return where.includes('node_modules') ? '#c3a6d8' : '#f2a65a'
}

const label = (name: string, width: number): string => {
  const letters = Math.floor((width - 4) / LETTER)
  if (letters < 3) return ''
  return name.length <= letters ? name : `${name.slice(0, letters - 1)}…`
}

/**
 * An SVG of a tree of calls, callers below what they call: as wide as the share of time, alike things coloured alike.
 * Tool tips say where and how much.
 */
export const flameGraph = (root: Call, title: string): string => {
  const boxes: string[] = []
  let deepest = 0
  const draw = (call: Call, x: number, depth: number): void => {
    const width = WIDTH * call.totalUs / root.totalUs
    if (width < LEAST) return
    deepest = Math.max(deepest, depth)
    const text = label(call.name, width)
    const share = (100 * call.totalUs / root.totalUs).toFixed(1)
    boxes.push([
      `<g transform="translate(${x.toFixed(1)} ${-depth * ROW})"><title>${
        escaped(`${call.name} ${call.where}`.trim())
      }: ${share} %</title>`,
      `<rect width="${(width - 0.4).toFixed(1)}" height="${ROW - 1}" fill="${colourOf(call)}"/>`,
      text === '' ? '' : `<text x="3" y="12">${escaped(text)}</text>`,
      '</g>'
    ].join(''))
    let at = x
    for (const child of [...call.children].sort((a, b) => a.name < b.name ? -1 : 1)) {
      draw(child, at, depth + 1)
      at += WIDTH * child.totalUs / root.totalUs
    }
  }
  draw(root, 0, 0)
  const height = TITLE + (deepest + 1) * ROW + 4
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="10.5">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="6" y="18" font-size="13">${escaped(title)}</text>`,
    `<g transform="translate(0 ${height - ROW - 2})">`,
    ...boxes,
    '</g>',
    '</svg>',
    ''
  ].join('\n')
}
