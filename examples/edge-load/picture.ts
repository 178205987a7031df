import type { Visit } from './visit.ts'

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [900, 300, 60, 40]
const colours = ['#2a7', '#c33', '#e90', '#36c', '#888']

/** Visits by source: their outcomes are bands of the picture. */
export interface Band { readonly outcome: string, readonly perSecond: readonly number[] }

/** Count visits by the second of their end, one band for each outcome; what was received comes first. */
export const bandsOf = (visits: readonly Visit[]): Band[] => {
  const seconds = Math.max(1, Math.ceil(visits.reduce((end, { at, ms }) => Math.max(end, at + ms), 0) / 1000))
  const names = [...new Set(visits.map(({ outcome }) => outcome))].sort((a, b) =>
    a === 'received' ? -1 : b === 'received' ? 1 : a.localeCompare(b)
  )
  return names.map(outcome => {
    const perSecond = Array.from({ length: seconds }, () => 0)
    for (const visit of visits)
      if (visit.outcome === outcome) perSecond[Math.min(seconds - 1, Math.floor((visit.at + visit.ms) / 1000))]!++
    return { outcome, perSecond }
  })
}

/** Draw visits per second over time as SVG, the outcomes stacked. */
export const picture = (title: string, visits: readonly Visit[]): string => {
  const bands = bandsOf(visits)
  const seconds = bands[0]?.perSecond.length ?? 1
  const totals = Array.from({ length: seconds }, (_, i) => bands.reduce((sum, { perSecond }) => sum + perSecond[i]!, 0))
  const top = Math.max(1, ...totals)
  const step = WIDTH / seconds
  const y = (count: number): number => HEIGHT - count * HEIGHT / top
  const below = Array.from({ length: seconds }, () => 0)
  const shapes = bands.flatMap(({ perSecond }, band) =>
    perSecond.map((count, i) => {
      const from = below[i]!
      below[i] = from + count
      return `<rect x="${(LEFT + i * step).toFixed(1)}" y="${(20 + y(from + count)).toFixed(1)}" width="${
        Math.max(0.5, step - 0.5).toFixed(1)
      }" height="${(y(from) - y(from + count)).toFixed(1)}" fill="${colours[band % colours.length]}"/>`
    })
  )
  const legend = bands.map(({ outcome, perSecond }, i) =>
    `<text x="${LEFT + i * 160}" y="${HEIGHT + 20 + BOTTOM}" fill="${colours[i % colours.length]}">${
      escaped(outcome)
    }: ${perSecond.reduce((sum, count) => sum + count, 0)}</text>`
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${LEFT + WIDTH + 20}" height="${
    HEIGHT + BOTTOM + 40
  }" font-family="sans-serif" font-size="13">
<text x="${LEFT}" y="14">${escaped(title)}</text>
<text x="4" y="32">${top}/s</text><text x="4" y="${HEIGHT + 20}">0</text><text x="${LEFT + WIDTH - 30}" y="${
    HEIGHT + 38
  }">${seconds} s</text>
<path d="M${LEFT} 20V${HEIGHT + 20}H${LEFT + WIDTH}" stroke="#888" fill="none"/>
${[...shapes, ...legend].join('\n')}
</svg>
`
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
