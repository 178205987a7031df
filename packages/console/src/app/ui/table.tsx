import type { ComponentChildren, JSX } from 'preact'
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'

/** A column of a table. */
export interface Column<Row> {
  readonly key: string
  readonly title: string
  /** Numbers stand at the right. */
  readonly right?: true
  /** CSS width; without it the content decides. Tables of many rows need it, or columns jump while one scrolls. */
  readonly width?: string
  cell (row: Row): ComponentChildren
  /** What rows are ordered by; without it the column does not sort. */
  order? (row: Row): string | number
}

/** Which way a table is sorted. */
export interface Sorting { readonly key: string, readonly down: boolean }

/** Height of a row, `--row` of the tokens, and rows beyond what is seen. */
const ROW_PX = 30
const SPARE = 12
/** Tables up to this size have all rows in the page, so that the browser's search finds them. */
const ALL = 150

const collator = new Intl.Collator('en', { numeric: true })
const compare = (a: string | number, b: string | number): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b))

/**
 * A table that shows of many rows those that are in view: 10,000 scroll as ten do. Rows are sorted by a column's
 * button. A row is chosen by a link in one of its cells, which the keyboard reaches too.
 */
export const Table = <Row,>({ label, columns, rows, keyOf, most = '60vh', sorting: first, selected }: {
  /** What the table has, for readers of screens. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  /** The most that it is high, in CSS; then it scrolls. Default: 60 % of the window. */
  readonly most?: string
  readonly sorting?: Sorting
  /** Key of the row that is chosen. */
  readonly selected?: string | undefined
}): JSX.Element => {
  const [sorting, setSorting] = useState<Sorting | undefined>(first)
  const [view, setView] = useState({ top: 0, height: 600 })
  const scroller = useRef<HTMLDivElement>(null)

  const sorted = useMemo(() => {
    const order = columns.find(({ key }) => key === sorting?.key)?.order
    if (order === undefined) return rows
    const sign = sorting!.down ? -1 : 1
    return rows.map(row => ({ row, by: order(row) })).sort((a, b) => sign * compare(a.by, b.by)).map(({ row }) => row)
  }, [rows, columns, sorting])

  useLayoutEffect(() => {
    const element = scroller.current!
    const measure = (): void => { setView({ top: element.scrollTop, height: element.clientHeight }) }
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    element.addEventListener('scroll', measure, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', measure)
    }
  }, [])

  const whole = sorted.length <= ALL
  const from = whole ? 0 : Math.max(0, Math.min(Math.floor(view.top / ROW_PX) - SPARE, sorted.length - 1))
  const to = whole ? sorted.length : Math.min(sorted.length, Math.ceil((view.top + view.height) / ROW_PX) + SPARE)
  const gap = (rows: number): JSX.Element | false => rows > 0 && <tr class="gap" aria-hidden="true"><td colSpan={columns.length} style={{ height: `${rows * ROW_PX}px` }} /></tr>
  const sort = (key: string): void => { setSorting(sorting?.key === key ? { key, down: !sorting.down } : { key, down: false }) }

  return (
    <div class="table" ref={scroller} tabIndex={0} role="region" aria-label={label} style={{ maxHeight: most }}>
      <table aria-label={label} aria-rowcount={sorted.length + 1} style={columns.every(({ width }) => width !== undefined) ? { tableLayout: 'fixed' } : {}}>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map(({ key, title, right, width, order }) => (
              <th
                key={key} scope="col" class={right === true ? 'right' : undefined} style={width === undefined ? {} : { width }}
                aria-sort={sorting?.key === key ? (sorting.down ? 'descending' : 'ascending') : undefined}
              >
                {order === undefined
                  ? title
                  : <button type="button" onClick={() => { sort(key) }}>{title}<span class="arrow" aria-hidden="true">{sorting?.key === key ? (sorting.down ? '↓' : '↑') : ''}</span></button>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {gap(from)}
          {sorted.slice(from, to).map((row, index) => {
            const key = keyOf(row)
            return (
              <tr key={key} aria-rowindex={from + index + 2} aria-current={key === selected ? 'true' : undefined}>
                {columns.map(({ key, right, cell }) => <td key={key} class={right === true ? 'right' : undefined}>{right === true ? cell(row) : <span class="cut">{cell(row)}</span>}</td>)}
              </tr>
            )
          })}
          {gap(sorted.length - to)}
        </tbody>
      </table>
    </div>
  )
}
