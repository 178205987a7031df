import './security.css'
import type { SecurityEvent } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { call } from '../../api/api.ts'
import { calmly } from '../../api/events.ts'
import { follow } from '../../api/live.ts'
import { useQuery } from '../../api/query.ts'
import { countText } from '../../format/numbers.ts'
import { timeText } from '../../format/times.ts'
import { go, hrefOf, place } from '../../router/router.ts'
import { askToBan } from '../../ui/ban-dialog.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Field } from '../../ui/field.tsx'
import { Name } from '../../ui/name.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { DefencePanel } from './defence-panel.tsx'
import { TopPanel } from './top-panel.tsx'

/** Filters of the API that the page has inputs for. */
const filters = ['kind', 'name', 'action', 'phase', 'userVserver', 'address', 'clientId', 'topic'] as const
const MAX_EVENTS = 500
const RELOAD_MS = 1500

/** What the edge has decided, about whom, and the switch of defence mode. */
export const Security = (): JSX.Element => {
  const asked = Object.fromEntries(filters.flatMap(name => {
    const value = place.value.query.get(name)
    return value === null || value === '' ? [] : [[name, value]]
  }))
  const key = JSON.stringify(asked)
  const query = useQuery(
    async () => (await call('listSecurityEvents', { query: { ...asked, limit: MAX_EVENTS } })).body,
    key
  )
  useEffect(() => {
    const reload = calmly(query.reload, RELOAD_MS)
    const stream = follow({
      path: `/security/events?${new URLSearchParams(asked).toString()}`,
      onOpen: reload,
      onEvent: reload
    })
    return () => {
      stream.stop()
    }
  }, [query])
  const answer = query.value.value
  const [id] = place.value.rest
  const chosen = answer?.items.find(event => event.id === id)
  return (
    <div class="stack">
      <DefencePanel />
      <section class="panel" aria-label="Security events">
        <header><h2>Security events</h2>{answer !== undefined && answer.lost > 0 && <span class="muted">{countText(answer.lost)} were lost on their way; their decisions are counted</span>}</header>
        <div class="security-filters">
          {filters.map(name => <Filter key={name} name={name} value={asked[name] ?? ''} onChange={value => { go(hrefOf(['security'], { ...asked, [name]: value }), { replace: true }) }} />)}
        </div>
        <Fault error={query.error.value} onRetry={query.reload} />
        {answer !== undefined && (answer.items.length === 0
          ? <Empty title="No event matches"><p>Rules, limits, managed checks, edge functions and flood controls report what they decide here, as a sample: of many alike, an event stands for so many as its weight.</p></Empty>
          : <Table label="Security events" columns={columns} rows={answer.items} keyOf={({ id }) => id} selected={id} />)}
      </section>
      {chosen !== undefined && <EventPanel event={chosen} />}
      <TopPanel />
    </div>
  )
}

const Filter = (
  { name, value, onChange }: {
    readonly name: string
    readonly value: string
    readonly onChange: (value: string) => void
  }
): JSX.Element => {
  const [text, setText] = useState(value)
  useEffect(() => { setText(value) }, [value])
  // Asks when one has ended typing, with Enter or by leaving the field.
  return <Field label={name}>{input => <input class="input" autocomplete="off" spellcheck={false} {...input} value={text} onInput={event => { setText(event.currentTarget.value) }} onChange={event => { onChange(event.currentTarget.value.trim()) }} />}</Field>
}

const columns: readonly Column<SecurityEvent>[] = [
  { key: 'time', title: 'Time', width: '14rem', order: ({ time }) => time, cell: ({ id, time }) => <a href={hrefOf(['security', id], Object.fromEntries(place.value.query))}>{timeText(time)}</a> },
  { key: 'action', title: 'Decided', width: '9rem', order: ({ action }) => action, cell: ({ action, simulated }) => simulated ? `${action}, simulated` : action },
  { key: 'by', title: 'By', width: '14rem', order: ({ kind, name }) => `${kind} ${name}`, cell: ({ kind, name }) => <>{kind} <Name text={name} /></> },
  { key: 'phase', title: 'Phase', width: '7.5rem', order: ({ phase }) => phase, cell: ({ phase }) => phase },
  { key: 'vserver', title: 'User vserver', width: '8.5rem', order: ({ userVserver }) => userVserver, cell: ({ userVserver }) => <Name text={userVserver} /> },
  { key: 'address', title: 'Address', width: '8.5rem', order: ({ address }) => address, cell: ({ address }) => <span class="mono">{address}</span> },
  { key: 'client', title: 'Client', width: '9rem', order: ({ clientId }) => clientId ?? '', cell: ({ clientId }) => clientId === undefined ? <span class="muted">–</span> : <Name text={clientId} /> },
  { key: 'weight', title: 'Weight', width: '5rem', right: true, order: ({ weight }) => weight, cell: ({ weight }) => countText(weight) }
]

/** One decision: the values that were looked at. */
const EventPanel = ({ event }: { readonly event: SecurityEvent }): JSX.Element => {
  const facts = useMemo(() => Object.entries({ ...event.fields, ...event.detail }), [event])
  return (
    <section class="panel" aria-label="Decision">
      <header>
        <h2>Decision <span class="mono">{event.id}</span></h2>
        {event.connection !== undefined && <a class="button" href={hrefOf(['connections', event.connection])}>Connection</a>}
        <a class="button" href={hrefOf(['configuration', 'accessRules', '+'], { from: 'access', value: JSON.stringify({ source: event.address, action: 'block', comment: `decision ${event.id}` }) })}>Access rule</a>
        <button type="button" class="button danger" onClick={() => { askToBan({ address: event.address, comment: `decision ${event.id}` }) }}>Ban {event.address}</button>
      </header>
      <dl class="body facts">
        {facts.map(([name, value]) => [<dt key={`${name} term`} class="mono">{name}</dt>, <dd key={name} class="mono name">{String(value)}</dd>])}
      </dl>
    </section>
  )
}
