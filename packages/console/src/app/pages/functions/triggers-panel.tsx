import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { countText } from '../../format/numbers.ts'
import { hrefOf } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Name } from '../../ui/name.tsx'
import { propose } from '../../ui/propose.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import type { TriggerRow } from './load-functions.ts'

/** Returns the form of a trigger, which leads back here. */
const formOf = (name: string): string => hrefOf(['configuration', 'triggers', name], { from: 'functions' })

const columns: readonly Column<TriggerRow>[] = [
  { key: 'order', title: 'Order', right: true, order: ({ order }) => order, cell: ({ order }) => order },
  { key: 'pattern', title: 'Host and path', cell: ({ trigger: { pattern } }) => <span class="mono"><Name text={pattern} /></span> },
  { key: 'name', title: 'Trigger', order: ({ trigger }) => trigger.name, cell: ({ trigger: { name } }) => <a href={formOf(name)}><Name text={name} /></a> },
  { key: 'function', title: 'Edge function', order: ({ trigger }) => trigger.function ?? '', cell: ({ trigger }) => trigger.function === undefined ? <span class="muted">none: requests pass</span> : <a href={hrefOf(['functions', trigger.function])}><Name text={trigger.function} /></a> },
  { key: 'vservers', title: 'User vservers', cell: ({ trigger: { vservers } }) => vservers.length === 0 ? <span class="muted">all</span> : <Name text={vservers.join(', ')} /> },
  { key: 'state', title: 'State', order: ({ trigger }) => trigger.status?.value ?? '', cell: ({ trigger: { status, state } }) => <Badge state={status?.value ?? state} title={status?.reason} /> },
  { key: 'matched', title: 'Requests', right: true, order: ({ matched }) => matched, cell: ({ matched }) => countText(matched) }
]

/** Triggers in the order of decision. `some`: there is an edge function. */
export const TriggersPanel = ({ rows, some, reload, edgeFunction }: {
  readonly rows: readonly TriggerRow[]
  readonly some: boolean
  readonly reload: () => Promise<void>
  /** The edge function that new triggers lead to. */
  readonly edgeFunction?: string
}): JSX.Element => {
  const [error, setError] = useState<unknown>(undefined)
  const turn = async ({ trigger: { name, state } }: TriggerRow): Promise<void> => {
    const next = state === 'enabled' ? 'disabled' : 'enabled'
    try {
      await propose({
        collection: 'triggers',
        change: { action: 'patch', name, value: { state: next } },
        verb: next === 'enabled' ? 'Enable' : 'Disable',
        said: `${name} is ${next}.`,
        onDone: () => {
          void reload()
        }
      })
      setError(undefined)
    } catch (failed) {
      setError(failed)
    }
  }
  const withTurn: readonly Column<TriggerRow>[] = [...columns, {
    key: 'turn',
    title: '',
    cell: row => <button type="button" class="link" aria-label={`${row.trigger.state === 'enabled' ? 'Disable' : 'Enable'} ${row.trigger.name}`} onClick={() => { void turn(row) }}>{row.trigger.state === 'enabled' ? 'Disable' : 'Enable'}</button>
  }]
  const fresh = hrefOf(['configuration', 'triggers', '+'], {
    from: 'functions',
    value: edgeFunction === undefined ? undefined : JSON.stringify({ function: edgeFunction })
  })
  return (
    <section class="panel" aria-label="Triggers">
      <header>
        <h2>Triggers</h2>
        <span class="muted">{countText(rows.length)}</span>
        <a class="button" href={fresh}>New trigger</a>
      </header>
      <Fault error={error} />
      {rows.length === 0
        ? <Empty title="No trigger yet"><p>A trigger names the hosts and paths whose requests an edge function decides on, such as <code>*.example.com/mqtt*</code>. {some ? 'Without one, no function is asked.' : 'It needs an edge function.'}</p>{some && <a href={fresh}>Make the first one</a>}</Empty>
        : (
          <>
            <p class="body muted lead">Of those that match a request, the first that is enabled decides: the most specific host, then the longest path.</p>
            <Table label="Triggers in the order of decision" columns={withTurn} rows={rows} keyOf={({ trigger }) => trigger.name} sorting={{ key: 'order', down: false }} />
          </>
          )}
    </section>
  )
}
