import type { RevisionDiff } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { call } from '../../api/api.ts'
import { useQuery } from '../../api/query.ts'
import { go, hrefOf } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { confirm } from '../../ui/confirm.tsx'
import { DifferenceTable, type Difference } from '../../ui/difference-table.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Name } from '../../ui/name.tsx'
import { toast } from '../../ui/toast.tsx'

/** What a revision changed, beside the one before it or beside the one that runs, and the way back to it. */
export const RevisionPanel = ({ id, current }: { readonly id: number, readonly current: boolean }): JSX.Element => {
  const [beside, setBeside] = useState<'before' | 'running'>('before')
  const query = useQuery(async () => beside === 'before'
    ? (await call('diffRevision', { path: { id: String(id) } })).body
    : await fromRunning(id), `${id} ${beside}`)
  const diff = query.value.value
  const rollback = (): void => {
    confirm({
      title: `Run revision ${id} again?`,
      text: 'Its configuration becomes a new revision. Entities that do not change keep their connections. Compare it with the running one to see what would change.',
      verb: 'Roll back',
      danger: true,
      run: async () => {
        await call('rollbackRevision', { path: { id: String(id) } })
        toast(`Revision ${id} runs again`)
        go(hrefOf(['revisions']))
      }
    })
  }
  return (
    <section class="panel" aria-label={`Revision ${id}`}>
      <header>
        <h2>Revision {id}</h2>
        <select class="input beside" aria-label="Compare" value={beside} onChange={({ currentTarget: { value } }) => { setBeside(value as typeof beside) }}>
          <option value="before">what it changed</option>
          <option value="running">what a rollback would change</option>
        </select>
        {!current && <button type="button" class="button danger" onClick={rollback}>Roll back to it</button>}
      </header>
      <div class="body">
        <Fault error={query.error.value} onRetry={query.reload} />
        {diff !== undefined && <Changes diff={diff} />}
      </div>
    </section>
  )
}

/** What changes from the running configuration to a revision. */
const fromRunning = async (id: number): Promise<RevisionDiff> => {
  const running = (await call('listRevisions')).body.items.find(({ current }) => current)
  return (await call('diffRevision', { path: { id: String(id) }, query: { from: running?.id ?? 0 } })).body
}

const looks = { added: 'up', changed: 'running', removed: 'down' } as const

const Changes = ({ diff: { changes } }: { readonly diff: RevisionDiff }): JSX.Element => changes.length === 0
  ? <Empty title="No difference" />
  : (
    <ul aria-label="Changes">
      {changes.map(({ action, collection, name, fields }) => (
        <li key={`${collection}/${name}`} class="revision-change">
          <div class="bar"><Badge state={looks[action]} word={action} /><span class="muted">{collection}</span>{action === 'removed' ? <Name text={name} /> : <a href={hrefOf(['configuration', collection, name])}><Name text={name} /></a>}</div>
          {fields !== undefined && fields.length > 0 && <DifferenceTable label={`Fields of ${name}`} fields={fields.map(shown)} />}
        </li>
      ))}
    </ul>
    )

/** Of a secret only that it changed is known. */
const shown = (field: NonNullable<RevisionDiff['changes'][number]['fields']>[number]): Difference =>
  field.secret === true ? { path: field.path, before: 'secret', after: 'another secret' } : field
