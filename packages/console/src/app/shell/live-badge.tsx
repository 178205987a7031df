import type { JSX } from 'preact'
import { brokenReason, liveState } from '../api/live.ts'
import { Badge } from '../ui/badge.tsx'

const words = { live: 'Live', connecting: 'Connecting', broken: 'Reconnecting', paused: 'Paused' } as const

/** Shows whether what is on the page is what is on the server. */
export const LiveBadge = (): JSX.Element => {
  const state = liveState.value
  return (
    <span role="status" aria-label="Stream">
      {state !== undefined && <Badge state={state} word={words[state]} title={state === 'broken' ? brokenReason.value : undefined} />}
    </span>
  )
}
