import './connections.css'
import type { Connection } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { call } from '../../api/api.ts'
import { serverNow } from '../../api/clock.ts'
import { useQuery } from '../../api/query.ts'
import { useRefresh } from '../../api/refresh.ts'
import { bytesText, countText } from '../../format/numbers.ts'
import { durationText, timeText } from '../../format/times.ts'
import { go, hrefOf, place } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Chip, Filter } from '../../ui/filter.tsx'
import { Name } from '../../ui/name.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { ConnectionStory } from './connection-story.tsx'

/** The most that the API lists. */
const LIMIT = 10_000

/** Filters that the server applies, by their names in the address. */
const filters = { userVserver: 'user vserver', service: 'service', session: 'session', client: 'client' } as const
type FilterName = keyof typeof filters
const filterNames = Object.keys(filters) as FilterName[]

const phaseStates: Readonly<Record<Connection['phase'], string>> = {
  'first-message': 'waiting',
  choosing: 'connecting',
  dialling: 'connecting',
  open: 'up',
  tunnel: 'up',
  closing: 'leaving'
}

/** What a row is searched in. */
const textOf = (
  { id, client, userVserver, service = '', session = '', lbVserver = '', serverName = '', fields }: Connection
): string =>
  [id, client, userVserver, service, session, lbVserver, serverName, ...Object.entries(fields).flat()].join('\n')
    .toLowerCase()

const columnsFor = (query: Readonly<Record<string, string>>): readonly Column<Connection>[] => [
  { key: 'client', title: 'Client', width: '11.5rem', order: ({ client }) => client, cell: ({ id, client }) => <a class="mono" href={hrefOf(['connections', id], query)}>{client}</a> },
  { key: 'session', title: 'Session', width: '10rem', order: ({ session = '' }) => session, cell: ({ session }) => session === undefined ? <span class="muted">–</span> : <Name text={session} /> },
  { key: 'userVserver', title: 'User vserver', width: '9rem', order: ({ userVserver }) => userVserver, cell: ({ userVserver }) => <Name text={userVserver} /> },
  { key: 'service', title: 'Service', width: '9rem', order: ({ service = '' }) => service, cell: ({ service }) => service === undefined ? <span class="muted">–</span> : <Name text={service} /> },
  { key: 'phase', title: 'Phase', width: '8.5rem', order: ({ phase }) => phase, cell: ({ phase }) => <Badge state={phaseStates[phase]} word={phase} /> },
  { key: 'age', title: 'Age', width: '6rem', right: true, order: ({ since }) => -since, cell: ({ since }) => <span title={timeText(since)}>{durationText(serverNow() - since)}</span> },
  { key: 'idle', title: 'Idle', width: '5rem', right: true, order: ({ idleSeconds }) => idleSeconds, cell: ({ idleSeconds }) => durationText(idleSeconds * 1000) },
  { key: 'in', title: 'In', width: '5.5rem', right: true, order: ({ bytesIn }) => bytesIn, cell: ({ bytesIn }) => bytesText(bytesIn) },
  { key: 'out', title: 'Out', width: '5.5rem', right: true, order: ({ bytesOut }) => bytesOut, cell: ({ bytesOut }) => bytesText(bytesOut) }
]

/** Open connections, and the story of one. */
export const Connections = (): JSX.Element => {
  const { rest: [chosen], query: address } = place.value
  const [text, setText] = useState('')
  const query = Object.fromEntries(
    filterNames.flatMap(name => address.get(name) === null ? [] : [[name, address.get(name)!]])
  ) as Partial<Record<FilterName, string>>
  const key = JSON.stringify(query)
  const listed = useQuery(async () => (await call('listConnections', { query: { ...query, limit: LIMIT } })).body, key)
  useRefresh(listed)

  const all = listed.value.value
  const searched = useMemo(() => {
    const wanted = text.trim().toLowerCase()
    return wanted === ''
      ? all?.items ?? []
      : (all?.items ?? []).filter(connection => textOf(connection).includes(wanted))
  }, [all, text])
  const columns = useMemo(() => columnsFor(query), [key])
  const without = (name: FilterName): string =>
    hrefOf(['connections', ...chosen === undefined ? [] : [chosen]], { ...query, [name]: undefined })

  return (
    <div class="with-detail" data-open={chosen !== undefined}>
      <div class="stack">
        <Fault error={listed.error.value} onRetry={() => { void listed.reload() }} />
        <section class="panel" aria-label="Connections">
          <header>
            <Filter label="Filter connections" value={text} onInput={setText} />
            {filterNames.map(name => query[name] !== undefined && <Chip key={name} name={filters[name]} value={query[name]} onRemove={() => { go(without(name)) }} />)}
            <span class="muted end" role="status">{all === undefined ? 'Loading' : `${countText(searched.length)}${searched.length === all.items.length ? '' : ` of ${countText(all.items.length)}`}${all.truncated ? ' shown; there are more: narrow by a filter of the address' : ''}`}</span>
          </header>
          {all !== undefined && all.items.length === 0
            ? <Empty title="No connections"><p>{key === '{}' ? 'Clients that connect to a user vserver are listed here, with their session and service.' : 'No open connection matches these filters.'}</p></Empty>
            : <Table label="Connections" columns={columns} rows={searched} keyOf={({ id }) => id} selected={chosen} most="min(calc(100dvh - 9rem), 60rem)" sorting={{ key: 'age', down: true }} />}
        </section>
      </div>
      {chosen !== undefined && <ConnectionStory key={chosen} id={chosen} back={hrefOf(['connections'], query)} />}
    </div>
  )
}
