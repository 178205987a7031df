import type { JSX } from 'preact'
import { durationText, timeText } from '../format/times.ts'

/** What is left until a time (ISO 8601); the time itself, in the viewer's zone, is its title. Without one: `never`. */
export const Remaining = ({ until, now }: { readonly until: string | undefined, readonly now: number }): JSX.Element => {
  if (until === undefined) return <span class="muted">never</span>
  const end = Date.parse(until)
  return <time datetime={until} title={timeText(end)}>{end <= now ? 'ended' : `in ${durationText(end - now)}`}</time>
}
