import type { AccessRule } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { timeText } from '../../format/times.ts'
import { hrefOf } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { DecisionsChart } from '../../ui/decisions-chart.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Name } from '../../ui/name.tsx'
import { propose } from '../../ui/propose.tsx'
import { Remaining } from '../../ui/remaining.tsx'
import { Status } from '../../ui/status.tsx'
import { kindOf } from './access-order.ts'

/** What an action does, in words and looks. */
export const does: Readonly<Record<AccessRule['action'], { readonly looks: string, readonly words: string }>> = {
  allow: {
    looks: 'up',
    words: 'They are trusted: no access rule, lockdown, user-agent rule or rule blocks them, and no limit counts them.'
  },
  block: {
    looks: 'down',
    words: 'Their connections are reset before anything is read, and their HTTP requests on open ones get 403.'
  },
  challenge: { looks: 'degraded', words: 'Their browsers prove work before an HTTP request or WebSocket is served.' }
}

/** Where clients come from; a list leads to its items. */
export const Source = ({ source }: { readonly source: string }): JSX.Element => kindOf(source) === 'list'
  ? <a class="mono" href={hrefOf(['configuration', 'lists', source.slice(1)], { from: 'access' })}>{source}</a>
  : <span class="mono">{source}</span>

/** One access rule: what it does, until when, what it has decided, and what can be done with it. */
export const RuleDetail = (
  { rule: { name, source, action, vservers, expiresAt, state, comment, status }, now, onChange }: {
    readonly rule: AccessRule
    readonly now: number
    readonly onChange: () => void
  }
): JSX.Element => {
  const [error, setError] = useState<unknown>(undefined)
  const ask = (proposal: Promise<void>): void => { proposal.then(() => { setError(undefined) }, setError) }
  const turned = state === 'enabled' ? 'disabled' : 'enabled'
  return (
    <section class="panel detail" aria-label="Access rule">
      <header>
        <h2><Name text={name} /></h2>
        <a class="button quiet icon" href={hrefOf(['access'])} aria-label="Close"><Icon name="close" /></a>
      </header>
      <div class="body stack">
        <Fault error={error} />
        <div class="bar">
          <a class="button" href={hrefOf(['configuration', 'accessRules', name], { from: 'access' })}>Edit</a>
          <button type="button" class="button" onClick={() => { ask(propose({ collection: 'accessRules', change: { action: 'patch', name, value: { state: turned } }, said: `${name} is ${turned} now`, onDone: onChange, onFailed: setError })) }}>{state === 'enabled' ? 'Disable' : 'Enable'}</button>
          <button type="button" class="button danger" onClick={() => { ask(propose({ collection: 'accessRules', change: { action: 'delete', name }, verb: 'Remove', said: `Removed ${name}`, onDone: onChange, onFailed: setError })) }}>Remove</button>
        </div>
        <dl class="facts">
          <dt>Clients from</dt><dd><Source source={source} /></dd>
          <dt>Action</dt><dd><Badge state={does[action].looks} word={action} /> {does[action].words}</dd>
          <dt>At</dt><dd>{vservers.length === 0 ? 'all user vservers' : <Name text={vservers.join(', ')} />}</dd>
          <dt>Status</dt><dd><Status status={status} /></dd>
          <dt>Ends</dt><dd>{expiresAt === undefined ? 'never' : <>{timeText(Date.parse(expiresAt))}, <Remaining until={expiresAt} now={now} /></>}</dd>
          {comment !== undefined && <><dt>Comment</dt><dd><Name text={comment} /></dd></>}
        </dl>
        {action === 'allow' ? <p class="muted">Whom it allows is not counted.</p> : <DecisionsChart kind="access-rule" name={name} />}
      </div>
    </section>
  )
}
