import type { JSX, RefObject } from 'preact'
import { useLayoutEffect, useState } from 'preact/hooks'
import { countText } from '../../format/numbers.ts'
import { toneOf, type Tone } from '../../ui/badge.tsx'
import type { GraphEdge, Shown } from './graph.ts'

/** As it was when it was measured: the next graph may lack its ends. */
interface Line {
  readonly edge: GraphEdge
  readonly tone: Tone
  readonly path: string
  readonly x: number
  readonly y: number
}

/** Width of a line by its connections. */
const widthOf = (connections: number): number => 1 + Math.min(5, Math.log2(1 + connections) * 0.55)

/**
 * Lines between the cards, which say the same in words for readers of screens and on narrow pages. A line that leads to
 * something that is not up is dashed, and one that is taken only when others cannot is dotted.
 */
export const Lines = (
  { frame, shown, chosen }: {
    readonly frame: RefObject<HTMLDivElement | null>
    readonly shown: Shown
    readonly chosen: string | undefined
  }
): JSX.Element => {
  const [lines, setLines] = useState<readonly Line[]>([])
  useLayoutEffect(() => {
    const element = frame.current!
    const draw = (): void => { setLines(linesOf(element, shown)) }
    draw()
    const observer = new ResizeObserver(draw)
    observer.observe(element)
    return () => { observer.disconnect() }
  }, [shown])
  return (
    <svg class="lines" aria-hidden="true">
      {lines.map(({ edge: { from, to, role, connections }, tone, path }) => (
        <path
          key={`${from} ${to}`} d={path} stroke-width={widthOf(connections)}
          class={`${role} ${tone} ${connections > 0 ? 'busy' : ''} ${chosen === from || chosen === to ? 'chosen' : ''}`}
        />
      ))}
      {lines.filter(({ edge }) => edge.connections > 0).map(({ edge: { from, to, connections }, x, y }) => (
        <g key={`${from} ${to}`} class="label" transform={`translate(${x} ${y})`}>
          <rect x={-4 - countText(connections).length * 3.4} y="-8" width={8 + countText(connections).length * 6.8} height="16" rx="8" />
          <text text-anchor="middle" dominant-baseline="central">{countText(connections)}</text>
        </g>
      ))}
    </svg>
  )
}

const linesOf = (frame: HTMLElement, { nodes, edges }: Shown): Line[] => {
  const origin = frame.getBoundingClientRect()
  const boxes = new Map(
    [...frame.querySelectorAll<HTMLElement>('[data-node]')].map(
      card => [card.dataset['node']!, card.getBoundingClientRect()]
    )
  )
  return edges.flatMap(edge => {
    const [a, b] = [boxes.get(edge.from), boxes.get(edge.to)]
    if (a === undefined || b === undefined) return []
    const tone = toneOf(nodes.get(edge.to)!.state)
    const [x1, y1, y2] = [a.right - origin.left, a.top + a.height / 2 - origin.top, b.top + b.height / 2 - origin.top]
    // One of the same column: around its right side.
    if (b.left < a.right) {
      const x2 = b.right - origin.left
      const out = Math.max(x1, x2) + 28
      return [{ edge, tone, path: `M${x1} ${y1} C${out} ${y1} ${out} ${y2} ${x2} ${y2}`, x: out - 6, y: (y1 + y2) / 2 }]
    }
    const x2 = b.left - origin.left
    const middle = (x1 + x2) / 2
    // One that passes a column has its label before that, where nothing covers it.
    if (x2 - x1 > a.width)
      return [{ edge, tone, path: `M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`, x: x1 + 20, y: y1 }]
    // The label is nearer to its end: there are fewer lines side by side than at the begin.
    return [{
      edge,
      tone,
      path: `M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`,
      x: x1 + (x2 - x1) * 0.7,
      y: y1 + (y2 - y1) * 0.784
    }]
  })
}
