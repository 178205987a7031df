import type { TraceInput } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { call, fieldErrors } from '../../api/api.ts'
import { countText, msText } from '../../format/numbers.ts'
import { clockText } from '../../format/times.ts'
import { hrefOf, place } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Field } from '../../ui/field.tsx'
import { Name } from '../../ui/name.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { effectText, VerdictBadge, verdictFacts } from './answer-view.tsx'
import type { Uses } from './load-extensions.ts'
import { NextUse } from './next-use.tsx'
import { TraceLog, type TraceLine } from './trace-log.ts'

const wordsOf = ({ record: { verdict, effects = [], failure } }: TraceLine): string =>
  [
    failure?.message,
    ...verdict === undefined ? [] : verdictFacts(verdict).map(([name, value]) => `${name} ${value}`),
    ...effects.map(effectText)
  ].filter(text => text !== undefined).join('; ')

const columns: readonly Column<TraceLine>[] = [
  { key: 'time', title: 'Time', width: '6.5rem', cell: ({ record: { time } }) => clockText(time) },
  { key: 'connection', title: 'Connection', width: '7rem', cell: ({ record: { connection } }) => <a href={hrefOf(['connections', connection])}><Name text={connection} /></a> },
  { key: 'client', title: 'Client', width: '10rem', cell: ({ record: { client } }) => <span class="mono">{client}</span> },
  { key: 'call', title: 'Call', width: '9rem', cell: ({ record: { call, side } }) => side === undefined ? call : `${call} of ${side}` },
  { key: 'length', title: 'Bytes', width: '5rem', right: true, cell: ({ record: { frameLength } }) => frameLength === undefined ? '' : countText(frameLength) },
  { key: 'crossing', title: 'Crossing', width: '6rem', right: true, cell: ({ record: { crossing } }) => msText(crossing.microseconds / 1000) },
  { key: 'verdict', title: 'Verdict', width: '11rem', cell: ({ record: { verdict, failure } }) => verdict !== undefined ? <VerdictBadge verdict={verdict} /> : failure !== undefined ? <Badge state="failed" word={failure.kind} /> : '' },
  { key: 'at', title: 'Line', width: '11rem', cell: ({ record: { verdict } }) => <span class="mono muted">{verdict?.at}</span> },
  { key: 'words', title: 'Keys, effects and reasons', width: '24rem', cell: line => { const text = wordsOf(line); return <span title={text}><Name text={text} /></span> } }
]

/** True if an address and port (`[::1]:50123`) is that of a client, which may be named by its address alone. */
const isOf = (endpoint: string, client: string): boolean =>
  client === '' || endpoint === client || endpoint.replace(/:\d+$/, '').replace(/^\[|\]$/g, '') === client

/** The calls of an extension's code, live. */
export const TraceTab = ({ name, uses }: { readonly name: string, readonly uses: Uses }): JSX.Element => {
  const log = useMemo(() => new TraceLog(name), [name])
  useEffect(() => () => { log.stop() }, [log])
  const [level, setLevel] = useState<'calls' | 'verdicts'>('verdicts')
  const [client, setClient] = useState(place.value.query.get('client') ?? '')
  const [session, setSession] = useState('')
  const [seconds, setSeconds] = useState('60')
  const [error, setError] = useState<unknown>(undefined)
  const status = log.status.value
  const on = status !== undefined && status.level !== 'off'
  // A trace that runs may be of others, too.
  const lines = log.lines.value.filter(({ record }) => isOf(record.client, client))
  const missed = log.missed.value
  const cuts = log.cuts.value
  const faults = fieldErrors(error)
  const ask = async (body: TraceInput): Promise<void> => {
    try {
      await call('setTrace', { path: { name }, body })
      setError(undefined)
    } catch (error) {
      setError(error)
    }
  }
  return (
    <section class="panel" aria-label="Trace">
      <header>
        <h2>Trace</h2>
        <span role="status" aria-label="Trace state">{on ? <Badge state="running" word={`On until ${status.endsAt === undefined ? '' : clockText(status.endsAt)}`} /> : <Badge state="off" word="Off" />}</span>
      </header>
      <form
        class="body bar trace-form"
        onSubmit={event => {
          event.preventDefault()
          if (on) void ask({ level: 'off' })
          else {
            log.clear()
            void ask({
              level,
              seconds: Number(seconds),
              filter: { ...client === '' ? {} : { client }, ...session === '' ? {} : { session } }
            })
          }
        }}
      >
        <Field label="Records">
          {input => (
            <select class="input" disabled={on} value={level} onChange={event => { setLevel(event.currentTarget.value as 'calls' | 'verdicts') }} {...input}>
              <option value="verdicts">calls and verdicts</option>
              <option value="calls">calls alone</option>
            </select>
          )}
        </Field>
        <Field label="Client" fault={faults.get('filter.client')}>{input => <input class="input" placeholder="any address" disabled={on} value={client} onInput={event => { setClient(event.currentTarget.value) }} {...input} />}</Field>
        <Field label="Session" fault={faults.get('filter.session')}>{input => <input class="input" placeholder="any key" disabled={on} value={session} onInput={event => { setSession(event.currentTarget.value) }} {...input} />}</Field>
        <Field label="For, s" fault={faults.get('seconds')}>{input => <input class="input" inputMode="numeric" disabled={on} value={seconds} onInput={event => { setSeconds(event.currentTarget.value) }} {...input} />}</Field>
        <button type="submit" class="button primary">{on ? 'Stop' : 'Start'}</button>
        {lines.length > 0 && <button type="button" class="button" onClick={() => { log.clear() }}>Clear</button>}
      </form>
      {faults.size === 0 && <Fault error={error} />}
      {missed > 0 && <p class="body muted" role="status">{countText(missed)} calls are missing: they came faster than they are shown.</p>}
      {cuts > 0 && <p class="body muted" role="status">The stream was cut {cuts === 1 ? 'once' : `${countText(cuts)} times`}; calls of that time are missing.</p>}
      {lines.length === 0
        ? <Empty title={on ? 'No calls yet' : 'No trace'}><p>{uses.vservers.length > 0 ? 'A trace shows each call of the extension for live clients: the message, the verdict with its line, and the time. It costs CPU while it is on, and ends by itself.' : 'No user vserver has this extension, so nothing calls it.'}</p><NextUse name={name} uses={uses} /></Empty>
        : <Table label="Calls" columns={columns} rows={lines} keyOf={({ id }) => String(id)} />}
    </section>
  )
}
