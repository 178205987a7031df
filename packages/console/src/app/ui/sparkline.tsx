import type { JSX } from 'preact'
import { numberText } from '../format/numbers.ts'

const WIDTH = 80
const HEIGHT = 16

/** Rates over time as a line, and the latest one as a number. */
export const Sparkline = ({ rates }: { readonly rates: readonly number[] }): JSX.Element => {
  const highest = Math.max(1, ...rates)
  const points = rates.map((rate, at) =>
    `${((at / Math.max(1, rates.length - 1)) * WIDTH).toFixed(1)},${
      (HEIGHT - 1 - (rate / highest) * (HEIGHT - 2)).toFixed(1)
    }`
  ).join(' ')
  return (
    <span class="sparkline">
      <svg width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true"><polyline points={points} fill="none" stroke="currentColor" stroke-width="1.5" /></svg>
      <span class="latest">{numberText(rates.at(-1) ?? 0)}</span>
    </span>
  )
}
