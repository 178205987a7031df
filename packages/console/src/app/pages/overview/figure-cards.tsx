import type { JSX } from 'preact'
import { bytesText, countText, msText, numberText } from '../../format/numbers.ts'
import { Chart, type Line } from '../../ui/chart.tsx'
import type { FigureName, HistoryModel } from './history-model.ts'

interface Card {
  readonly title: string
  readonly format: (value: number) => string
  /** Of the numbers beside the lines. */
  readonly axis?: (value: number) => string
  readonly binary?: true
  readonly lines: readonly { readonly figure: FigureName, readonly title: string, readonly colour: Line['colour'] }[]
  /** Measured only when something happens. */
  readonly through?: true
  /** Known of all user vservers together alone. */
  readonly whole?: true
}

const perSecond = (value: number): string => `${numberText(value)}/s`
const bytesPerSecond = (value: number): string => `${bytesText(value)}/s`

const cards: readonly Card[] = [
  { title: 'Connections', format: countText, lines: [{ figure: 'connections', title: 'open', colour: 1 }] },
  { title: 'Connects', format: perSecond, axis: numberText, lines: [{ figure: 'accepted', title: 'accepted', colour: 1 }] },
  { title: 'Messages', format: perSecond, axis: numberText, lines: [{ figure: 'messages', title: 'inspected', colour: 1 }] },
  { title: 'Bytes', format: bytesPerSecond, axis: bytesText, binary: true, lines: [{ figure: 'bytesIn', title: 'in', colour: 1 }, { figure: 'bytesOut', title: 'out', colour: 2 }] },
  { title: 'Refused', format: perSecond, axis: numberText, lines: [{ figure: 'refused', title: 'refused', colour: 2 }] },
  { title: 'Time to connect', format: msText, through: true, lines: [{ figure: 'connectMsP50', title: 'p50', colour: 1 }, { figure: 'connectMsP99', title: 'p99', colour: 2 }] },
  { title: 'Time to first reply', format: msText, through: true, lines: [{ figure: 'firstReplyMsP50', title: 'p50', colour: 1 }, { figure: 'firstReplyMsP99', title: 'p99', colour: 2 }] },
  { title: 'Event-loop delay', format: msText, whole: true, lines: [{ figure: 'loopDelayMsP99', title: 'p99', colour: 3 }] }
]

const lastOf = (values: readonly (number | null)[]): number | undefined =>
  values.findLast(value => value !== null) ?? undefined

/** The figures of the last hour, each as its latest value and as a line. */
export const FigureCards = (
  { model, whole, theme }: { readonly model: HistoryModel, readonly whole: boolean, readonly theme: string }
): JSX.Element | null => {
  // Read, so that each sample draws again.
  void model.version.value
  const { figures, times } = model
  if (figures === undefined) return null
  return (
    <div class="figure-cards">
      {cards.filter(card => whole || card.whole !== true).map(({ title, format, axis = format, binary = false, lines, through }) => {
        const shown = lines.map(({ figure, title, colour }) => ({ title, colour, values: figures[figure], through: through === true, text: textOf(lastOf(figures[figure]), format) }))
        return (
          <section key={title} class="panel figure-card" aria-label={title}>
            <h2>{title}</h2>
            <div class="latest">
              {shown.map(({ title, colour, text }) => (
                <span key={title} data-line={title}><strong>{text}</strong><small><i class={`swatch series-${colour}`} />{title}</small></span>
              ))}
            </div>
            <Chart label={`${title}, last hour; now ${shown.map(({ title, text }) => `${title} ${text}`).join(', ')}`} times={times} lines={shown} format={format} axis={axis} binary={binary} sync="overview" theme={theme} />
          </section>
        )
      })}
    </div>
  )
}

const textOf = (value: number | undefined, format: (value: number) => string): string =>
  value === undefined ? '–' : format(value)
