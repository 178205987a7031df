import type { Ban } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { call } from '../../api/api.ts'
import { useNow } from '../../api/now.ts'
import { useQuery } from '../../api/query.ts'
import { useRefresh } from '../../api/refresh.ts'
import { timeText } from '../../format/times.ts'
import { hrefOf } from '../../router/router.ts'
import { askToBan } from '../../ui/ban-dialog.tsx'
import { confirm } from '../../ui/confirm.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Name } from '../../ui/name.tsx'
import { Remaining } from '../../ui/remaining.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { toast } from '../../ui/toast.tsx'

interface Row { readonly ban: Ban, readonly now: number }

/** Addresses that no user vserver accepts for a time. */
export const BansPanel = (): JSX.Element => {
  const query = useQuery(async () => (await call('listBans')).body)
  useRefresh(query)
  const now = useNow()
  const bans = query.value.value
  const columns = useMemo<readonly Column<Row>[]>(() => [
    { key: 'address', title: 'Address', width: '12rem', order: ({ ban }) => ban.address, cell: ({ ban: { address } }) => <a class="mono" href={hrefOf(['security'], { address })}>{address}</a> },
    { key: 'by', title: 'By', width: '9rem', order: ({ ban }) => ban.by ?? '', cell: ({ ban: { by } }) => by === undefined ? <span class="muted">an operator</span> : <Name text={by} /> },
    { key: 'ends', title: 'Ends', width: '8rem', order: ({ ban }) => Date.parse(ban.endsAt), cell: ({ ban: { endsAt }, now }) => <Remaining until={endsAt} now={now} /> },
    { key: 'at', title: 'At', width: '15rem', order: ({ ban }) => Date.parse(ban.endsAt), cell: ({ ban: { endsAt } }) => timeText(Date.parse(endsAt)) },
    { key: 'comment', title: 'Comment', width: '14rem', cell: ({ ban: { comment } }) => comment === undefined ? '' : <Name text={comment} /> },
    { key: 'lift', title: 'Lift', width: '5rem', cell: ({ ban: { address } }) => <button type="button" class="link" aria-label={`Lift the ban of ${address}`} onClick={() => { askToLift(address, query.reload) }}>Lift</button> }
  ], [query])
  return (
    <section class="panel" aria-label="Bans">
      <header>
        <h2>Bans</h2>
        {bans?.truncated === true && <span class="muted">the latest 1,000</span>}
        <button type="button" class="button" onClick={() => { askToBan({ address: '', onDone: query.reload }) }}>Ban an address</button>
      </header>
      <Fault error={query.error.value} onRetry={query.reload} />
      {bans !== undefined && (bans.items.length === 0
        ? <Empty title="Nobody is banned"><p>A ban refuses an address for a time. <a href={hrefOf(['rate-limits'])}>Rate limits</a> and rules ban by themselves, a decision under <a href={hrefOf(['security'])}>Security</a> and a connection have a button for it.</p></Empty>
        : <Table label="Banned addresses" columns={columns} rows={bans.items.map(ban => ({ ban, now }))} keyOf={({ ban }) => ban.address} />)}
    </section>
  )
}

const askToLift = (address: string, onDone: () => void): void => {
  confirm({
    title: `Lift the ban of ${address}?`,
    text: 'Its clients are accepted again at once. Counters stay: whoever is still over a limit is banned again.',
    verb: 'Lift it',
    run: async () => {
      await call('deleteBan', { path: { address } })
      toast(`${address} is accepted again.`)
      onDone()
    }
  })
}
