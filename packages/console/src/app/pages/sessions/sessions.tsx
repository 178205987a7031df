import type { Session } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { call } from '../../api/api.ts'
import { useQuery } from '../../api/query.ts'
import { useRefresh } from '../../api/refresh.ts'
import { countText } from '../../format/numbers.ts'
import { durationText } from '../../format/times.ts'
import { go, hrefOf, place } from '../../router/router.ts'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Chip, Filter } from '../../ui/filter.tsx'
import { Name } from '../../ui/name.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { unpin } from '../connections/load-story.ts'

const LIMIT = 10_000

const columnsFor = (reload: () => void): readonly Column<Session>[] => [
  { key: 'key', title: 'Key', width: '16rem', order: ({ key }) => key, cell: ({ key }) => <a href={hrefOf(['connections'], { session: key })}><Name text={key} /></a> },
  { key: 'lbVserver', title: 'LB vserver', width: '10rem', order: ({ lbVserver }) => lbVserver, cell: ({ lbVserver }) => <Name text={lbVserver} /> },
  { key: 'type', title: 'Type', width: '8rem', order: ({ type }) => type, cell: ({ type }) => type },
  { key: 'service', title: 'Service', width: '12rem', order: ({ service }) => service, cell: ({ service }) => <a href={hrefOf(['sessions'], { service })}><Name text={service} /></a> },
  { key: 'connections', title: 'Connections', width: '7.5rem', right: true, order: ({ connections }) => connections, cell: ({ connections }) => countText(connections) },
  { key: 'expires', title: 'Expires', width: '7.5rem', right: true, order: ({ expiresInSeconds }) => expiresInSeconds ?? Infinity, cell: ({ expiresInSeconds }) => expiresInSeconds === undefined ? <span class="muted">held</span> : `in ${durationText(expiresInSeconds * 1000)}` },
  { key: 'unpin', title: '', width: '5.5rem', right: true, cell: session => <button type="button" class="link" aria-label={`Unpin ${session.key}`} onClick={() => { unpin(session, reload) }}>Unpin</button> }
]

/** The session table: which key goes to which service, and for how long. */
export const Sessions = (): JSX.Element => {
  const { query: address } = place.value
  const lbVserver = address.get('lbVserver') ?? undefined
  const service = address.get('service') ?? undefined
  const [text, setText] = useState('')
  const listed = useQuery(
    async () => (await call('listSessions', { query: { lbVserver, limit: LIMIT } })).body,
    lbVserver ?? ''
  )
  useRefresh(listed)

  const all = listed.value.value
  const shown = useMemo(() => {
    const wanted = text.trim().toLowerCase()
    return (all?.items ?? []).filter(session =>
      (service === undefined || session.service === service) &&
      (wanted === '' || `${session.key}\n${session.lbVserver}\n${session.service}`.toLowerCase().includes(wanted))
    )
  }, [all, text, service])
  const columns = useMemo(() => columnsFor(() => { void listed.reload() }), [listed])
  return (
    <div class="stack">
      <Fault error={listed.error.value} onRetry={() => { void listed.reload() }} />
      <section class="panel" aria-label="Sessions">
        <header>
          <Filter label="Filter sessions" value={text} onInput={setText} />
          {lbVserver !== undefined && <Chip name="LB vserver" value={lbVserver} onRemove={() => { go(hrefOf(['sessions'], { service })) }} />}
          {service !== undefined && <Chip name="service" value={service} onRemove={() => { go(hrefOf(['sessions'], { lbVserver })) }} />}
          <span class="muted end" role="status">{all === undefined ? 'Loading' : `${countText(shown.length)}${shown.length === all.items.length ? '' : ` of ${countText(all.items.length)}`}${all.truncated ? ' shown; there are more' : ''}`}</span>
        </header>
        {all !== undefined && all.items.length === 0
          ? <Empty title="No sessions"><p>An LB vserver with <code>persistence</code> remembers which key got which service, so that a client comes back to its server. The keys are shown here.</p></Empty>
          : <Table label="Sessions" columns={columns} rows={shown} keyOf={({ lbVserver, type, key }) => `${lbVserver} ${type} ${key}`} most="min(calc(100dvh - 9rem), 60rem)" sorting={{ key: 'key', down: false }} />}
      </section>
    </div>
  )
}
