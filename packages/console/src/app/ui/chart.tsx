import 'uplot/dist/uPlot.min.css'
import './chart.css'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { clockText } from '../format/times.ts'

/** A line of a chart. */
export interface Line {
  readonly title: string
  /** Number of its colour among the tokens. */
  readonly colour: 1 | 2 | 3 | 4
  readonly values: readonly (number | null)[]
  /** Lines through times without a value, for what is measured only now and then. */
  readonly through?: boolean
}

const HEIGHT = 116
/** Width of a time below a chart: one that stands nearer to its edge would be cut. */
const LABEL_PX = 48
const powersOfTwo = Array.from({ length: 50 }, (_, power) => 2 ** power)
const token = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

/** Resolve a colour of the tokens, which depend on the theme, to one that a canvas takes. */
const colourOf = (name: string): string => {
  const probe = document.createElement('span')
  probe.style.color = `var(${name})`
  document.body.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

/**
 * Lines over time. Its values are in the title of the card beside it and in the legend, so a reader of screens gets
 * them without the picture. Charts with one `sync` show the same time under the pointer. `theme`: redraw when it
 * changes.
 */
export const Chart = ({ label, times, lines, format, axis: axisFormat = format, binary = false, sync, theme }: {
  readonly label: string
  /** Milliseconds since 1970, ascending. */
  readonly times: readonly number[]
  readonly lines: readonly Line[]
  readonly format: (value: number) => string
  /** Of the numbers beside the lines. Default: `format`. */
  readonly axis?: (value: number) => string
  /** Its numbers are round in powers of two. */
  readonly binary?: boolean
  readonly sync?: string
  readonly theme: string
}): JSX.Element => {
  const element = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot | undefined>(undefined)

  useEffect(() => {
    const parent = element.current!
    const axis = {
      stroke: colourOf('--muted'),
      grid: { stroke: colourOf('--grid'), width: 1 },
      ticks: { show: false },
      font: `11px ${token('--sans')}`
    }
    const made = new uPlot(
      {
        width: Math.max(120, parent.clientWidth),
        height: HEIGHT,
        ms: 1,
        legend: { show: false },
        padding: [8, 4, 0, 0],
        cursor: { y: false, drag: { x: false, y: false }, ...sync === undefined ? {} : { sync: { key: sync } } },
        scales: { y: { range: (_chart, _min, max) => [0, max > 0 ? max * 1.08 : 1] } },
        axes: [
          {
            ...axis,
            space: 70,
            size: 24,
            values: (chart, ticks, _axis, _space, step) =>
              ticks.map(tick =>
                chart.valToPos(tick, 'x') > chart.bbox.width / uPlot.pxRatio - LABEL_PX / 2
                  ? ''
                  : step < 60_000
                  ? clockText(tick)
                  : clockText(tick).slice(0, 5)
              )
          },
          {
            ...axis,
            space: 28,
            size: 58,
            gap: 4,
            ...binary ? { incrs: powersOfTwo } : {},
            values: (_chart, ticks) => ticks.map(axisFormat)
          }
        ],
        series: [
          {},
          ...lines.map(({ title, colour, through }) => ({
            label: title,
            stroke: colourOf(`--series-${colour}`),
            width: 1.5,
            spanGaps: through === true,
            points: { show: false, size: 4, fill: colourOf(`--series-${colour}`), filter: (chart: uPlot, line: number) => lonely(chart.data[line]!, through === true) }
          }))
        ],
        hooks: { setCursor: [showValues] }
      },
      dataOf(times, lines),
      parent
    )
    chart.current = made
    const observer = new ResizeObserver(() => {
      made.setSize({ width: Math.max(120, parent.clientWidth), height: HEIGHT })
    })
    observer.observe(parent)

    const note = document.createElement('div')
    note.className = 'chart-note'
    note.hidden = true
    made.over.append(note)
    function showValues (of: uPlot): void {
      const { idx, left = -1 } = of.cursor
      const missing = idx === null || idx === undefined || left < 0
      note.hidden = missing
      if (missing) return
      note.textContent = [clockText(of.data[0][idx]!), ...of.series.slice(1).map((line, i) => {
        const value = of.data[i + 1]![idx]
        return `${line.label as string} ${value === null || value === undefined ? '–' : format(value)}`
      })].join('  ')
      note.style.left = `${Math.max(0, Math.min(left + 8, of.over.clientWidth - note.offsetWidth))}px`
    }
    return () => {
      observer.disconnect()
      made.destroy()
      chart.current = undefined
    }
  }, [theme, sync])

  useEffect(() => { chart.current?.setData(dataOf(times, lines)) })

  return <div class="chart" ref={element} role="img" aria-label={label} />
}

/** The values that no line leads to: without a point nobody would see them. */
const lonely = (values: ArrayLike<number | null | undefined>, through: boolean): number[] => {
  const is = (index: number): boolean => values[index] !== null && values[index] !== undefined
  const all = Array.from(values, (_, index) => index).filter(is)
  return through ? all.length === 1 ? all : [] : all.filter(index => !is(index - 1) && !is(index + 1))
}

const dataOf = (
  times: readonly number[],
  lines: readonly Line[]
): uPlot.AlignedData => [times as number[], ...lines.map(({ values }) => values as (number | null)[])]
