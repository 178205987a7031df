import type { JSX } from 'preact'

/** Outlines on a grid of 16 by 16, drawn with a line of 1.5. */
const outlines = {
  up: 'M3.5 8.5l3 3 6-7',
  down: 'M4 4l8 8M12 4l-8 8',
  warning: 'M8 2.5L14.5 13.5H1.5ZM8 6.5v3.5M8 11.9v.1',
  paused: 'M5.5 4v8M10.5 4v8',
  unknown: 'M6 6.2a2 2 0 1 1 2.7 1.9c-.5.2-.7.5-.7 1.1M8 11.4v.1',
  moving: 'M13 8a5 5 0 1 1-1.6-3.7M13 2.5V5h-2.5',
  leaving: 'M3 8h9M9 4.5L12.5 8 9 11.5',
  dot: 'M8 5.5a2.5 2.5 0 1 0 .01 0Z',
  close: 'M4 4l8 8M12 4l-8 8',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  sun:
    'M8 5a3 3 0 1 0 .01 0ZM8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M12.6 3.4l-.7.7M4.1 11.9l-.7.7',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5Z',
  auto: 'M8 2.5a5.5 5.5 0 1 0 .01 0ZM8 2.5v11M10 3.5v9M12 5v6',
  prompt: 'M2.5 3.5h11v9h-11ZM4.5 6l2 2-2 2M8 10h3.5',
  weir: 'M1.5 4.5c1.6 0 1.6 1.5 3.2 1.5S6.3 4.5 8 4.5 9.6 6 11.3 6s1.6-1.5 3.2-1.5M3 9.5h10M4.5 12.5h7'
} as const

/** Name of an icon. */
export type IconName = keyof typeof outlines

/** A small picture in the colour of its text. A word beside it says the same, so readers of screens pass over it. */
export const Icon = ({ name, size = 14 }: { readonly name: IconName, readonly size?: number }): JSX.Element => (
  <svg width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
    <path d={outlines[name]} />
  </svg>
)
