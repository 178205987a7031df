import type { EntityStatus } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { countedText } from '../../format/numbers.ts'
import { timeText } from '../../format/times.ts'
import { Badge } from '../../ui/badge.tsx'

type Inspector = NonNullable<EntityStatus['inspectors']>[number]

/** The processes that inspect requests, one of each worker: how each is since when, and how often it has ended. */
export const Inspectors = ({ all }: { readonly all: readonly Inspector[] }): JSX.Element | null => all.length === 0
  ? null
  : (
    <ul class="inspectors" aria-label="Processes that inspect">
      {all.map(({ worker, state, reason, since, restarts, lastEnd }) => (
        <li key={worker} class="bar">
          <span>Inspection of worker {worker}</span>
          <Badge state={state} />
          <span class="muted">since {timeText(Date.parse(since))}{reason === undefined ? '' : `: ${reason}`}</span>
          {restarts > 0 && <span class="muted">{countedText(restarts, 'end')} so far{state === 'restarting' || lastEnd === undefined ? '' : `, the last at ${timeText(Date.parse(lastEnd.at))}: ${lastEnd.reason}`}</span>}
        </li>
      ))}
    </ul>
    )
