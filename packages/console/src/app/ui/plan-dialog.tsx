import type { ConfigPlan } from '@weirlb/admin/client'
import type { ComponentChildren, JSX } from 'preact'
import { useState } from 'preact/hooks'
import { countText } from '../format/numbers.ts'
import { Badge } from './badge.tsx'
import { Dialog } from './dialog.tsx'
import { Name } from './name.tsx'

/**
 * Shows what a change would do, before it is applied, and whatever else is chosen then. `onApply` tells its errors
 * itself.
 */
export const PlanDialog = ({ plan, verb, onApply, onClose, children }: {
  readonly plan: ConfigPlan
  readonly verb: string
  readonly onApply: () => Promise<void>
  readonly onClose: () => void
  readonly children?: ComponentChildren
}): JSX.Element => {
  const [busy, setBusy] = useState(false)
  const run = async (): Promise<void> => {
    setBusy(true)
    await onApply()
    setBusy(false)
  }
  return (
    <Dialog title="What this would do" onClose={onClose}>
      {plan.changes.length === 0
        ? <p>Nothing would change: revision {plan.revision} runs this already.</p>
        : (
          <ul class="stack" aria-label="Changes">
            {plan.changes.map(({ action, collection, name, fields, connections }) => (
              <li key={`${collection}/${name}`}>
                <div class="bar"><Badge state={looks[action]} word={action} /><span class="muted">{collection}</span><Name text={name} /></div>
                {fields !== undefined && fields.length > 0 && <div class="muted mono">{fields.join(', ')}</div>}
                {connections !== undefined && connections > 0 && <div>{countText(connections)} open connections {action === 'stop' ? 'would be closed' : 'would stay until they end'}.</div>}
              </li>
            ))}
          </ul>
          )}
      {children}
      <div class="actions">
        <button type="button" class="button" onClick={onClose}>Go back</button>
        <button type="button" class="button primary" disabled={busy} onClick={() => { void run() }}>{verb}</button>
      </div>
    </Dialog>
  )
}

const looks = { start: 'starting', change: 'running', drain: 'draining', stop: 'down' } as const
