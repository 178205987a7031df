import type { Jobs } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { countText } from '../../format/numbers.ts'
import { timeText } from '../../format/times.ts'
import { Badge } from '../../ui/badge.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Name } from '../../ui/name.tsx'

/** Jobs that run, and the last that ended. */
export const JobsPanel = ({ jobs }: { readonly jobs: Jobs['items'] }): JSX.Element => (
  <section class="panel" aria-label="Jobs">
    <header><h2>Jobs</h2></header>
    {jobs.length === 0
      ? <Empty title="No jobs"><p>Draining a service and rebalancing an LB vserver are jobs: clients are told to go, at a rate. Their progress is shown here.</p></Empty>
      : (
        <ul class="body stack">
          {jobs.slice(0, 10).map(job => (
            <li key={job.id}>
              <div class="bar">
                <Badge state={job.state} />
                <span>{job.kind} of <Name text={job.service ?? job.lbVserver ?? job.id} /></span>
                <span class="muted">since {timeText(Date.parse(job.startedAt))}</span>
              </div>
              <div class="muted">{countText(job.told)} of {countText(job.clients)} clients told, {countText(job.remaining)} remain{job.reason === undefined ? '' : `: ${job.reason}`}</div>
            </li>
          ))}
        </ul>
        )}
  </section>
)
